#include "lib/generate/heal.h"

#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::generate {

void heal(Request& request, const tokenizer::Tokenizer& tokenizer) {
    if (request.prompt.size() < 2) return;
    std::string text = tokenizer::token_text(tokenizer, request.prompt.back());
    if (text.empty()) return;
    request.prompt.pop_back();
    request.continuation.rules.required_prefix = std::move(text);
}

}  // namespace quire::generate
