// What the readers of the steps of a tokenizer.json share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "formats/tokenizer/hf_json/json_node.h"

namespace quire::formats {

// Error{model}: `what`, such as "normalizer", of the step's type is not supported.
[[noreturn]] void not_supported(const JsonNode& step, const char* what);

// The steps of `root[key]` in order, sequences inside sequences resolved. Error{model} for
// sequences that are nested too deep.
std::vector<JsonNode> steps_of(const JsonNode& root, const char* key, const char* list_key);

// {"String": ".."}: the string. {"Regex": ".."} is for the caller.
std::optional<std::string> literal_pattern(const JsonNode& pattern);

// A split pattern (lib/tokenizer/pattern/split_regex.h) that matches the literal.
std::string escaped(const std::string& literal);

// Of a Metaspace: "always", "first" or "never";
// older files have add_prefix_space instead.
std::string prepend_scheme(const JsonNode& metaspace);

}  // namespace quire::formats
