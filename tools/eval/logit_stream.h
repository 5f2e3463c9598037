// Logits after every token of a text, a slab of tokens at a time: a whole context of them would be
// gigabytes with a large vocabulary.
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

    // Starts a new sequence with these tokens, whose logits nobody wants. where: what errors call the
    // sequence.
    void begin(std::span<const std::uint32_t> tokens, const std::string& where);

    // Appends at most slab() tokens. The logits after each, (n, stride()), stay until the next
    // call; vocab_size of a row are logits. model::NotFinite naming the sequence and the position when
    // one of them is no number.
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
