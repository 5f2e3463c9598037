// Texts cut by tokens, but never inside a character: the front of a text, and parts that overlap.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/encoder.h"

namespace quire::tok {

struct TextPart {
    std::size_t begin = 0;  // bytes
    std::size_t end = 0;
    std::size_t n_tokens = 0;  // of the part by itself
};

class Cutter {
  public:
    // Everything must outlive the object. options: how the text is to be encoded.
    Cutter(std::string_view text, const tokenizer::Tokenizer& tokenizer,
           tokenizer::EncodeOptions options);

    // The longest part from the text's front, in steps of tokens, that has at most n_tokens by
    // itself.
    TextPart front(std::size_t n_tokens) { return part_from(0, n_tokens); }

    // Parts of at most n_tokens each by itself, that together hold every byte. Each begins
    // `overlap` tokens before the end of the last. Error{input} where one character has more
    // tokens.
    std::vector<TextPart> parts(std::size_t n_tokens, std::size_t overlap);

  private:
    TextPart part_from(std::size_t first, std::size_t n_tokens);
    bool is_border(std::size_t place) const;
    std::size_t border_of(std::size_t token) const;

    std::string_view text_;
    tokenizer::EncodeOptions options_;
    tokenizer::Encoder encoder_;
    std::vector<tokenizer::TokenSpan> spans_;
    std::size_t last_ = 0;  // the first token behind the part found last
};

}  // namespace quire::tok
