// Which schemas the keywords of objects give a member.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/generate/constraints/json/goals.h"

namespace quire::constraints {

// A pattern of patternProperties, and a schema that has it.
struct NamePattern {
    std::string pattern;
    Node schema;
};

// All patterns that any member's schema depends on, none twice.
std::vector<NamePattern> name_patterns(const Document& document, const ObjectPart& part);

// What a member follows: its name, or null for a name that no schema names; and which patterns it
// matches.
Literals literals_of_member(Document& document, const ObjectPart& part, const std::string* name,
                            const std::function<bool(const std::string&)>& matches);

// The bits of part.witnesses that the member may be.
std::uint32_t witnesses_of_member(const Document& document, const ObjectPart& part,
                                  const std::string* name,
                                  const std::function<bool(const std::string&)>& matches);

// The names that part.names allows; nothing if there is no such condition.
std::optional<CharDfa> allowed_names(Goals& goals, Expander& expander, const ObjectPart& part);

}  // namespace quire::constraints
