// The test that a file carries: prompts, the ids they become, and the hash of the logits after
// every id. Because the bits of logits depend on the file alone, any machine can repeat it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

// The prompts a new file is given: prose, code, several scripts.
std::span<const std::string_view> selftest_prompts() noexcept;

struct SelfTestRun {
    std::vector<std::uint32_t> tokens;
    std::uint64_t logits_hash = 0;  // XXH3 of vocab_size f32 for each id in turn; of a model
                                    // without logits, of its dim hidden f32
};

// What a prompt is for this model: at most as many ids as its context holds.
std::vector<std::uint32_t> selftest_tokens(const spec::ModelSpec& spec,
                                           const tokenizer::Tokenizer& tokenizer,
                                           std::string_view prompt);

// layer_done: see model::Workspace.
// model::NotFinite when a result is no number.
SelfTestRun run_selftest(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
                         std::string_view prompt, int n_threads,
                         const std::function<void(std::size_t layer)>& layer_done = {});

}  // namespace quire::generate
