// What a text must follow, as a user wrote it.
#pragma once

#include <cstdint>
#include <string>

namespace quire::spec {

enum class ConstraintKind : std::uint8_t { none, json_object, json_schema, grammar, regex };

struct ConstraintSpec {
    ConstraintKind kind = ConstraintKind::none;
    std::string text = {};  // the schema as JSON, the grammar or the pattern; empty for the others

    auto operator<=>(const ConstraintSpec&) const = default;
};

}  // namespace quire::spec
