#include "tools/eval/text.h"

#include <algorithm>

#include "apps/common/input.h"
#include "lib/base/error.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::eval {

namespace {

void check_options(const TextOptions& options, const OpenModel& model) {
    const std::size_t limit = model.model.spec.context_length;
    if (options.context > limit) {
        throw Error(ErrorCode::usage, "--ctx-size",
                    "expected at most the model's " + std::to_string(limit) + " positions, found " +
                        std::to_string(options.context));
    }
    if (options.stride > options.context) {
        throw Error(ErrorCode::usage, "--stride",
                    "expected at most the context of " + std::to_string(options.context) +
                        " tokens, found " + std::to_string(options.stride));
    }
}

}  // namespace

Text read_windows(const TextOptions& options, const OpenModel& model) {
    check_options(options, model);
    return make_windows(common::read_input(options.path), options, model);
}

Text make_windows(const std::string& text, const TextOptions& options, const OpenModel& model) {
    check_options(options, model);
    tokenizer::EncodeOptions encode;
    encode.add_special = true;
    auto tokens = tokenizer::encode(model.tokenizer, text, encode);
    const auto& prefix = model.tokenizer.prefix_ids();
    const auto bos = prefix.empty() ? std::nullopt : std::optional(prefix.front());
    Windows windows = options.stride == 0
                          ? Windows::chunks(tokens, options.context, bos)
                          : Windows::sliding(tokens, options.context, options.stride);
    if (windows.size() == 0) {
        throw Error(ErrorCode::input, options.path,
                    "expected a text of at least " +
                        std::to_string(options.stride == 0 ? options.context : 2) +
                        " tokens, found " + std::to_string(tokens.size()));
    }
    if (options.n_windows) windows.limit(*options.n_windows);
    // Moving the tokens keeps their storage, and so the views of the windows.
    return {std::move(tokens), windows};
}

void for_each_slab(const Window& window, std::size_t slab,
                   const std::function<void(std::span<const std::uint32_t> prefix)>& begin,
                   const std::function<void(std::size_t first, std::size_t n)>& on_slab) {
    begin(std::span(window.tokens).first(window.first_target - 1));
    for (std::size_t first = window.first_target; first < window.tokens.size(); first += slab) {
        on_slab(first, std::min(slab, window.tokens.size() - first));
    }
}

}  // namespace quire::eval
