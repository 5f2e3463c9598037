// gen --trace: what happened inside the model when it read a prompt and wrote an answer.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "apps/gen/trace/times.h"
#include "lib/generate/sampling/logprob.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// The weight with which a query reads a key.
struct Read {
    std::uint32_t key = 0;  // position
    float weight = 0;
};

// Of one layer; vectors have an element for each token.
struct LayerTrace {
    std::size_t n_heads = 0;
    std::vector<float> norm;      // length of the residual stream at the layer's end
    std::vector<float> attended;  // length of what attention, or the recurrent block, added to it
    std::vector<float> transformed;  // length of what the feed-forward block added
    std::vector<std::vector<generate::TokenLogprob>>
        lens;  // the likeliest tokens if this layer were the last
    std::vector<std::vector<std::vector<Read>>> reads;  // (n_heads, n_tokens): by descending weight
};

struct Trace {
    std::vector<std::uint32_t> tokens;
    std::vector<generate::ScoredToken> scores;  // of the tokens from the second on
    std::vector<LayerTrace> layers;
    std::vector<OperationTime> times;
};

inline constexpr float kLeastWeight = 0.0005F;  // reads with less are left out
inline constexpr std::size_t kMostReads = 64;   // of one query
inline constexpr std::size_t kLensTokens = 5;
inline constexpr std::size_t kScoredTokens = 5;

// Computes the tokens once more, with the bits of the run, and looks. Error{usage} for keys that cannot be read
// (--kv-type other than f16 and f32). Throws model::Interrupted as PassControl::interrupted asks.
Trace trace_of(const model::Model& model, std::span<const std::uint32_t> tokens,
               const model::PassControl& control);

// Of a token at position i: "control", "prompt" or "answer".
const char* kind_of(const Trace& trace, std::size_t i, std::size_t n_prompt,
                    const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
