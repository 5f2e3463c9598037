#include "lib/generate/sampling/token_texts.h"

#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::generate {

TokenTexts::TokenTexts(const tokenizer::Tokenizer& tokenizer) {
    ends_.reserve(tokenizer.n_vocab());
    for (std::uint32_t id = 0; id < tokenizer.n_vocab(); ++id) {
        bytes_ += tokenizer::token_text(tokenizer, id);
        ends_.push_back(bytes_.size());
    }
}

TokenTexts::TokenTexts(std::span<const std::string> texts) {
    for (const std::string& text : texts) {
        bytes_ += text;
        ends_.push_back(bytes_.size());
    }
}

}  // namespace quire::generate
