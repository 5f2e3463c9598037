// The description and the self-test of a file as the JSON of their sections.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace quire::formats {

// What the file is and where it came from. For people: no command depends on it.
struct Meta {
    std::string name;        // of the model: --name, the name in the checkpoint, or family and size
    std::string source;      // "gguf", "safetensors", "pytorch", "llama2c" or "shape"
    std::string created_by;  // "quire 0.1.0"
    std::string type;        // the value of --type: "keep", "q8", ...
};
std::string meta_to_json(const Meta& meta);
Meta meta_from_json(std::string_view json, const std::string& where);

// Prompts with their token ids and a hash of the logits after each id. Hashes are comparable only
// between runs of the same arithmetic (model::kArithmetic).
struct SelfTest {
    struct Case {
        std::string prompt;
        std::vector<std::uint32_t> tokens;
        std::uint64_t logits_hash = 0;
        bool operator==(const Case&) const = default;
    };
    int arithmetic = 0;
    std::string kv_type = "f16";  // type of keys and values: f16, f32, int8, q8 or q4
    std::vector<Case> cases;
    bool operator==(const SelfTest&) const = default;
};
std::string selftest_to_json(const SelfTest& test);
SelfTest selftest_from_json(std::string_view json, const std::string& where);

}  // namespace quire::formats
