// One request: a prompt's ids in, text out, token by token.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/continuation.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

struct GenerateParams {
    SamplerParams sampler;
    std::optional<std::size_t> n_predict;  // tokens at most; nothing: to the end of the context
    std::size_t context = 0;               // positions at most; 0: what the model was made for
    std::vector<std::string> stops;        // strings that end the text; not part of it
    std::uint64_t request = 0;             // names the random draws, with the seed
    std::size_t batch = 512;               // prompt tokens per pass; changes memory and speed only
    int n_threads = 1;
    // The processes that share the model's rows; all must generate from the same prompt and
    // parameters.
    model::RowSplit* split = nullptr;
    std::function<bool()> interrupted;  // asked at every layer; true ends the text where it is
};

struct GenerateResult {
    std::string text;
    std::vector<std::uint32_t> tokens;  // generated, the one that ended the text included
    FinishReason finish = FinishReason::length;
    std::uint64_t logits_hash = 0;  // XXH3 of all logits that were sampled from, in order
    double prompt_ms = 0;
    double generate_ms = 0;  // the steps behind the first token
    std::size_t kv_bytes = 0;
    std::size_t scratch_bytes = 0;
};

// Calls on_text with every piece of text as soon as it is certain; it returns false to interrupt.
// Error{input} when the prompt is empty or does not fit the context, with both numbers;
// Error{usage} when the context asked for is more than the model's; model::NotFinite when the
// model gives logits that are no numbers.
GenerateResult generate(const model::Model& model, const tokenizer::Tokenizer& tokenizer,
                        std::span<const std::uint32_t> prompt, const GenerateParams& params,
                        const std::function<bool(std::string_view)>& on_text);

}  // namespace quire::generate
