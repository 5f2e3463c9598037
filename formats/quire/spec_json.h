// ModelSpec and the self-test as the JSON of their sections. Every field is written, every field is
// expected, and an unknown one is refused by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/spec/model_spec.h"

namespace quire::formats {

std::string spec_to_json(const spec::ModelSpec& spec);
// version: of the file; fields that a version did not know have the value that it meant.
// Error{model} naming `where` and the field. The result is validated.
spec::ModelSpec spec_from_json(std::string_view json, std::uint32_t version,
                               const std::string& where);

// What the file is and where it came from; for people, no command depends on it.
struct Meta {
    std::string name;        // of the model, as its checkpoint says, or the checkpoint's file name
    std::string source;      // "gguf", "safetensors" or "llama2c"
    std::string created_by;  // "quire 0.1.0"
    std::string type;        // what --type asked for: "keep", "q8", ...
};
std::string meta_to_json(const Meta& meta);
Meta meta_from_json(std::string_view json, const std::string& where);

// Prompts with the ids they must become and the hash of the logits after each of those ids. The
// hash is comparable only under the arithmetic it was made with (model::kArithmetic).
struct SelfTest {
    struct Case {
        std::string prompt;
        std::vector<std::uint32_t> tokens;
        std::uint64_t logits_hash = 0;
        bool operator==(const Case&) const = default;
    };
    int arithmetic = 0;
    std::string kv_type = "f16";  // of the keys and values: f16, f32 or int8
    std::vector<Case> cases;
    bool operator==(const SelfTest&) const = default;
};
std::string selftest_to_json(const SelfTest& test);
SelfTest selftest_from_json(std::string_view json, const std::string& where);

}  // namespace quire::formats
