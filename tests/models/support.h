// What the tests of checkpoints share: small GGUF files written key by key, folders made from the
// goldens with another configuration, and a plan as text.
#pragma once

#include <string>
#include <vector>

#include "lib/base/json/json.h"
#include "models/plan.h"
#include "tests/formats/support.h"

namespace quire::tests {

// A GGUF file under construction. Keys are full names; values are written as u32, f32, bool, string, or an array
// of bools, u32 or strings.
struct GgufDraft {
    struct Tensor {
        std::string name;
        std::vector<std::uint64_t> shape;  // rows first
    };
    nlohmann::ordered_json keys = nlohmann::ordered_json::object();
    std::vector<Tensor> tensors;

    // All values of the tensors differ, so that a wrong one is noticed.
    std::string bytes() const;
};

// A model of that architecture with two layers that Quire reads: "llama", "mixtral" (llama with
// experts), "falcon", "granite", "gemma2", "gemma3", "olmo2", "exaone4", "phi3", "gpt2", "gptneox",
// "starcoder2", "qwen3moe", "lfm2", "qwen35", "granitehybrid", "eurobert", "gemma-embedding", "modern-bert" (with a head), "bert" or
// "bert-classifier"; or "golden/NAME", in the shape of tests/golden/gguf/NAME.gguf.
GgufDraft gguf_draft(const std::string& kind);
GgufDraft golden_draft(const std::string& name);

// The plan for the checkpoint at `path`.
models::Plan plan(const std::string& path);
// The same as text. Equal texts mean the same model.
std::string plan_text(const std::string& path, std::uint32_t context = 0);
std::string plan_text(const TempDir& dir, const GgufDraft& draft);
spec::ModelSpec spec_of(const TempDir& dir, const GgufDraft& draft);

// Below tests/golden/families.
std::string families(const std::string& name);
// A folder in `dir` with the weights and tokenizer of tests/golden/families/FAMILY, and this
// configuration. Returns its path.
std::string family_folder(const TempDir& dir, const std::string& family,
                          const nlohmann::json& config);
nlohmann::json family_config(const std::string& family);

}  // namespace quire::tests
