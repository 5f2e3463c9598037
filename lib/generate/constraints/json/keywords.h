// The keywords of JSON Schema, and what is done with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/generate/constraints/json/document.h"

namespace quire::constraints {

enum class KeywordKind : std::uint8_t {
    annotation,  // no effect on what is valid
    number,
    string,
    object,
    array,
    any,        // type, enum, const
    combining,  // schemas for the same value
    unevaluated,
    helper,  // read together with another keyword
};

// Throws SchemaFault for a keyword that is not known.
KeywordKind kind_of(const Document& document, Node schema, const std::string& keyword);

// Throws SchemaFault for a value that the keyword cannot have.
void check_value(const Document& document, Node schema, const std::string& keyword);

// The types that a value of "type" names.
std::uint8_t types_of(const Json& names, bool& only_integers);

}  // namespace quire::constraints
