// The self-test that a file carries: prompts, their token ids, and the hash of the logits after
// each token. The bits of logits depend only on the file, so any machine can repeat the test.
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

// The prompts that a new file gets: prose, code, several scripts.
std::span<const std::string_view> selftest_prompts() noexcept;

struct SelfTestResult {
    std::vector<std::uint32_t> tokens;
    // XXH3 of the logits after each token in turn, vocab_size f32 each; for a model without logits,
    // of the hidden states, dim f32 each.
    std::uint64_t logits_hash = 0;
};

// The token ids of a prompt, cut to the model's context.
std::vector<std::uint32_t> selftest_tokens(const spec::ModelSpec& spec,
                                           const tokenizer::Tokenizer& tokenizer,
                                           std::string_view prompt);

// Computes all tokens in one pass; an encoder reads the same tokens before. layer_done: see model::PassControl. model::NotFinite when a
// result is not finite.
SelfTestResult run_selftest(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
                            std::string_view prompt, int n_threads,
                            const std::function<void(std::size_t layer)>& layer_done = {});

}  // namespace quire::generate
