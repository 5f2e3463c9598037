// Constraints on a text, from what users write: a JSON Schema, a grammar, a regular expression.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/constraints/rules/call_source.h"
#include "lib/generate/constraints/run.h"
#include "lib/spec/constraint_spec.h"

namespace quire::constraints {

// Each throws std::runtime_error with one line that says what cannot be followed, and where.

// schema: JSON. Draft 2020-12; docs/constraints.md lists the keywords.
std::shared_ptr<Constraint> of_json_schema(std::string_view schema);
// Any JSON object.
std::shared_ptr<Constraint> of_json_object();
// A regular expression of ECMA-262 that the whole text matches.
std::shared_ptr<Constraint> of_regex(std::string_view pattern);
// A grammar of llama.cpp's form, GBNF, whose rule "root" describes the whole text.
std::shared_ptr<Constraint> of_grammar(std::string_view grammar);

// A tool that a text may call; parameters: the JSON Schema of its arguments.
struct Tool {
    std::string name;
    std::string parameters;
};
// Calls of these tools, at least one. thought_end: what ends a thought that the text begins in; empty:
// it begins with a call. What `form` and `thought_end` have of control tokens begins with
// Vocabulary::kControl.
std::shared_ptr<Constraint> of_calls(const std::vector<Tool>& tools, const CallForm& form,
                                     const std::string& thought_end);

// One of these; null for none.
std::shared_ptr<Constraint> compile(const spec::ConstraintSpec& spec);

}  // namespace quire::constraints
