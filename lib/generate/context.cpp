#include "lib/generate/context.h"

#include "lib/base/error.h"

namespace quire::generate {

std::size_t checked_context(const spec::ModelSpec& spec, std::size_t asked) {
    if (asked > spec.context_length) {
        throw Error(ErrorCode::usage, "",
                    "expected a context of at most the model's " +
                        std::to_string(spec.context_length) + " positions, found " +
                        std::to_string(asked));
    }
    return asked == 0 ? spec.context_length : asked;
}

void check_prompt(std::size_t n_prompt, std::size_t context, const std::string& where) {
    if (n_prompt == 0) {
        throw Error(ErrorCode::input, where, "expected at least one token, found none");
    }
    if (n_prompt > context) {
        throw Error(ErrorCode::input, where,
                    "expected at most " + std::to_string(context) +
                        " tokens, the size of the context, found " + std::to_string(n_prompt));
    }
}

}  // namespace quire::generate
