// Cuts texts by tokens, but never inside a character: the front of a text, and overlapping parts.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/encoder.h"

namespace quire::tok {

struct TextPart {
    std::size_t begin = 0;  // bytes
    std::size_t end = 0;
    std::size_t n_tokens = 0;  // of the part on its own
};

class Cutter {
  public:
    // All arguments must outlive the object. options: how the text is to be encoded.
    Cutter(std::string_view text, const tokenizer::Tokenizer& tokenizer,
           tokenizer::EncodeOptions options);

    // The longest prefix of the text, in steps of tokens, that has at most n_tokens on its own.
    TextPart front(std::size_t n_tokens) { return part_from(0, n_tokens); }

    // Parts that have at most n_tokens each on their own and together cover every byte. Each begins
    // `overlap` tokens before the end of the previous one. Error{input} when a single character has
    // more tokens.
    std::vector<TextPart> parts(std::size_t n_tokens, std::size_t overlap);

  private:
    TextPart part_from(std::size_t first, std::size_t n_tokens);
    bool is_border(std::size_t place) const;
    std::size_t border_of(std::size_t token) const;

    std::string_view text_;
    tokenizer::EncodeOptions options_;
    tokenizer::Encoder encoder_;
    std::vector<tokenizer::TokenSpan> spans_;
    std::size_t last_ = 0;  // the first token after the previous part
};

}  // namespace quire::tok
