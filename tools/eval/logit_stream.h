// The logits after every token of a text, a slab of tokens at a time: those of a whole context can
// take gigabytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lib/model/forward.h"

namespace quire::eval {

class LogitStream {
  public:
    // The model must outlive the stream.
    LogitStream(const model::Model& model, int n_threads);

    // Starts a new sequence with these tokens, whose logits are not needed. where: the name of the
    // sequence in errors.
    void begin(std::span<const std::uint32_t> tokens, const std::string& where);

    // Appends at most slab() tokens. The logits after each, (n, stride()), stay valid until the
    // next call; only the first vocab_size of a row are used. model::NotFinite naming the sequence
    // and the position of a value that is not finite.
    const float* append(std::span<const std::uint32_t> tokens);

    std::size_t slab() const noexcept { return slab_; }
    std::size_t stride() const noexcept { return stride_; }

  private:
    void run(std::span<const std::uint32_t> tokens, std::size_t n_logits);

    const model::Model& model_;
    int n_threads_;
    std::string where_;
    std::size_t stride_;
    std::size_t slab_;
    model::Workspace workspace_;
    model::KvCache cache_;
    model::Buffer<float> logits_;  // (slab, stride)
};

}  // namespace quire::eval
