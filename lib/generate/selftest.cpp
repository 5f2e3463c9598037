#include "lib/generate/selftest.h"

#include <algorithm>
#include <array>

#include "lib/base/hash.h"
#include "lib/model/finite.h"
#include "lib/model/source.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::generate {

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

std::vector<std::uint32_t> selftest_tokens(const spec::ModelSpec& spec,
                                           const tokenizer::Tokenizer& tokenizer,
                                           std::string_view prompt) {
    std::vector<std::uint32_t> tokens = tokenizer::encode(tokenizer, prompt);
    std::size_t context = spec.context_length;
    for (const spec::ModelSpec& encoder : spec.encoder) {
        context = std::min<std::size_t>(context, encoder.context_length);
    }
    if (tokens.size() > context) tokens.resize(context);
    return tokens;
}

SelfTestResult run_selftest(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
                            std::string_view prompt, int n_threads,
                            const std::function<void(std::size_t layer)>& layer_done) {
    SelfTestResult result;
    result.tokens = selftest_tokens(model.spec, tokenizer, prompt);
    const std::size_t n = result.tokens.size();
    if (n == 0) return result;
    model::Workspace workspace(model.spec, n, n_threads);
    const model::PassControl control{.n_threads = n_threads, .layer_done = layer_done};
    model::KvCache cache(model.kv_layout);
    // An encoder reads the same tokens as the decoder.
    model::KvCache source(model.kv_layout);
    const bool reads = model.encoder != nullptr;
    if (reads) {
        model::SourceWorkspace source_workspace(model, n, n_threads);
        model::read_source(model, source_workspace, result.tokens, source,
                           {.n_threads = n_threads});
    }
    const bool has_logits = model.spec.output != spec::OutputKind::none;
    const std::size_t stride = has_logits ? model::logits_stride(model.spec) : model.spec.dim;
    const std::size_t width = has_logits ? model.spec.vocab_size : model.spec.dim;
    model::Buffer<float> results(n * stride);
    const std::array<model::SequenceInput, 1> input{
        {{&cache, result.tokens, n, 0, {}, reads ? &source : nullptr}}};
    if (has_logits) {
        model::forward(model, workspace, input, results.data(), control);
    } else {
        model::forward_hidden(model, workspace, input, results.data(), control);
    }
    base::Hasher hasher;
    for (std::size_t i = 0; i < n; ++i) {
        model::check_finite(cache, {results.at(i * stride), width}, i,
                            "self-test \"" + std::string(prompt) + "\"");
        hasher.update(std::as_bytes(std::span(results.at(i * stride), width)));
    }
    result.logits_hash = hasher.digest();
    return result;
}

}  // namespace quire::generate
