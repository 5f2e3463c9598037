#include "lib/run/selftest.h"

#include <array>

#include "lib/base/hash.h"

namespace quire::run {

namespace {

constexpr std::array<std::string_view, 3> kPrompts{
    "The capital of France is Paris, and 2 + 2 = 4.",
    "int main() {\n    return 0;\n}\n",
    "na\u00EFve caf\u00E9 \u2014 \u4F60\u597D, \u043C\u0438\u0440 \U0001F44B",
};

}  // namespace

std::span<const std::string_view> selftest_prompts() noexcept {
    return kPrompts;
}

SelfTestRun run_selftest(const model::Model& model, const text::Tokenizer& tokenizer,
                         std::string_view prompt, int n_threads) {
    SelfTestRun result;
    result.tokens = tokenizer.encode(prompt);
    const std::size_t n = result.tokens.size();
    if (n == 0) return result;
    model::Workspace workspace(model.spec, n, n_threads);
    model::KvCache cache(model.kv_layout);
    const std::size_t stride = model::logits_stride(model.spec);
    model::Buffer<float> logits(n * stride);
    const std::array<model::SequenceInput, 1> input{{{&cache, result.tokens, n}}};
    model::forward(model, workspace, input, logits.data(), n_threads);
    base::Hasher hasher;
    for (std::size_t i = 0; i < n; ++i) {
        hasher.update(std::as_bytes(std::span(logits.at(i * stride), model.spec.vocab_size)));
    }
    result.logits_hash = hasher.digest();
    return result;
}

}  // namespace quire::run
