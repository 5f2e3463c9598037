#include "apps/gen/request.h"

#include <algorithm>
#include <utility>

#include "lib/generate/heal.h"

namespace quire::gen {

std::size_t likely_length(const Options& options, const model::Model& model, std::size_t n_prompt) {
    constexpr std::size_t kUsual = 1024;
    const std::size_t context =
        options.engine.context == 0 ? model.spec.context_length : options.engine.context;
    return std::min(context, n_prompt + std::min(options.n_predict.value_or(kUsual), context));
}

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
    request.continuation.n_explained = options.n_shown;
    request.continuation.thought = options.thought;
    request.continuation.constraint = options.sampling.compiled;
    request.hash_logits = true;
    if (options.heal) generate::heal(request, tokenizer);
    return request;
}

}  // namespace quire::gen
