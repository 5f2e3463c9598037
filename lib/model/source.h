// The source text of a model with an encoder: what it translates, summarizes or answers. It is read
// once; any number of answers attend to it.
#pragma once

#include "lib/model/forward.h"

namespace quire::model {

// The memory of read_source(), for sources of at most n_tokens.
struct SourceWorkspace {
    SourceWorkspace(const Model& model, std::size_t tokens, int n_threads);

    std::size_t n_tokens;
    Workspace encoder;
    Workspace decoder;             // for its keys and values
    Buffer<float> hidden;          // (n_tokens, dim)
    std::shared_ptr<KvPool> pool;  // of the encoder's own attention
    std::size_t bytes() const noexcept {
        return encoder.bytes() + decoder.bytes() + hidden.bytes();
    }
};

// Runs the encoder over a whole text, and stores the keys and values of all layers with cross
// attention in `source`, which must be empty and is of the decoder's layout: one position for each
// token. At least one token, at most work.n_tokens and the encoder's context. Throws as forward()
// does, and NotFinite when a hidden state is not finite; `source` then stays empty.
void read_source(const Model& model, SourceWorkspace& work, std::span<const std::uint32_t> tokens,
                 KvCache& source, const PassControl& control);

}  // namespace quire::model
