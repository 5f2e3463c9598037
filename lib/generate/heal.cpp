#include "lib/generate/heal.h"

#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::generate {

void heal(Request& request, const tokenizer::Tokenizer& tokenizer) {
    if (request.prompt.size() < 2) return;
    tokenizer::DecodeStream decoder(tokenizer);
    std::string text = decoder.push(request.prompt.back());
    text += decoder.finish();
    if (text.empty()) return;
    request.prompt.pop_back();
    request.continuation.rules.required_prefix = std::move(text);
}

}  // namespace quire::generate
