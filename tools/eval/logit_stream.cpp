#include "tools/eval/logit_stream.h"

#include <algorithm>
#include <array>

#include "lib/model/finite.h"

namespace quire::eval {

namespace {

constexpr std::size_t kRows = 256;  // tokens per pass without logits
constexpr std::size_t kLogitBytes = std::size_t{64}
                                    << 20;  // approximate size of the logits of a slab

}  // namespace

LogitStream::LogitStream(const model::Model& model, int n_threads)
    : model_(model),
      n_threads_(n_threads),
      stride_(model::logits_stride(model.spec)),
      slab_(std::clamp<std::size_t>(kLogitBytes / (stride_ * sizeof(float)), 16, kRows)),
      workspace_(model.spec, kRows, n_threads),
      cache_(model.kv_layout),
      logits_(slab_ * stride_) {}

void LogitStream::begin(std::span<const std::uint32_t> tokens, const std::string& where) {
    where_ = where;
    cache_.set_length(0);
    while (!tokens.empty()) {
        const std::size_t n = std::min(kRows, tokens.size());
        run(tokens.first(n), 0);
        tokens = tokens.subspan(n);
    }
}

const float* LogitStream::append(std::span<const std::uint32_t> tokens) {
    run(tokens, tokens.size());
    return logits_.data();
}

void LogitStream::run(std::span<const std::uint32_t> tokens, std::size_t n_logits) {
    const std::array<model::SequenceInput, 1> input{{{&cache_, tokens, n_logits}}};
    model::forward(model_, workspace_, input, logits_.data(), {.n_threads = n_threads_});
    model::check_finite(cache_, {}, 0, where_);
    const std::size_t first = cache_.length() - n_logits;
    for (std::size_t i = 0; i < n_logits; ++i) {
        const float* row = logits_.data() + i * stride_;
        model::check_finite(cache_, {row, model_.spec.vocab_size}, first + i, where_);
    }
}

}  // namespace quire::eval
