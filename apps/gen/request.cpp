#include "apps/gen/request.h"

#include <utility>

#include "lib/generate/heal.h"

namespace quire::gen {

generate::Request request_of(const Options& options, const tokenizer::Tokenizer& tokenizer,
                             std::vector<std::uint32_t> tokens) {
    generate::Request request;
    request.prompt = std::move(tokens);
    request.continuation.sampler = options.sampling.sampler;
    request.continuation.rules = options.sampling.rules;
    request.continuation.stops = options.sampling.stops;
    request.continuation.ignore_end = options.sampling.ignore_eos;
    request.continuation.max_tokens = options.n_predict.value_or(SIZE_MAX);
    request.continuation.n_top = options.n_top;
    request.continuation.thought = options.thought;
    request.continuation.constraint = options.sampling.compiled;
    request.hash_logits = true;
    if (options.heal) generate::heal(request, tokenizer);
    return request;
}

}  // namespace quire::gen
