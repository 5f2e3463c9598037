// Shared by the readers of the steps of a tokenizer.json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/tokenizer/hf_json/json_node.h"

namespace quire::formats {

// Throws Error{model}: `what`, such as "normalizer", does not support the type of the step.
[[noreturn]] void not_supported(const JsonNode& step, const char* what);

// The steps of `root[key]` in order, with nested sequences flattened. Error{model} for sequences
// that are nested too deeply.
std::vector<JsonNode> steps_of(const JsonNode& root, const char* key, const char* list_key);

// The string of {"String": ".."}. The caller handles {"Regex": ".."}.
std::optional<std::string> literal_pattern(const JsonNode& pattern);

// A split pattern (lib/tokenizer/pattern/split_regex.h) that matches the literal.
std::string escaped(const std::string& literal);

// The prepend scheme of a Metaspace, "always", "first" or "never"; older files have
// add_prefix_space instead.
std::string prepend_scheme(const JsonNode& metaspace);

}  // namespace quire::formats
