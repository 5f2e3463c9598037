// Turns ids into text one after another, as they are generated. The text that push() returns can be
// printed at once: bytes of a character that spans several tokens are held back until it is
// complete, and bytes that can no longer become valid UTF-8 are returned unchanged. Control tokens
// have no text.
#pragma once

#include <cstdint>
#include <string>

#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tokenizer {

class DecodeStream {
  public:
    // at_start: the ids begin a text, so the space that some tokenizers put before a text is
    // removed again. False if the ids continue a text. `tokenizer` must outlive the object.
    explicit DecodeStream(const Tokenizer& tokenizer, bool at_start = false);

    // Ids at or above n_vocab() have no text; models with padded embeddings can generate them.
    std::string push(std::uint32_t id);

    // Returns the bytes held back; the stream is empty afterwards.
    std::string finish();

  private:
    void append_piece(std::uint32_t id);
    void append_spaced(std::uint32_t id, bool first);
    void append_word(std::uint32_t id, bool first);
    void append_suffixed(std::uint32_t id);

    const Tokenizer& tokenizer_;
    bool first_ = true;             // no piece was pushed yet
    std::uint32_t strip_left_ = 0;  // spaces still to remove
    bool space_waits_ = false;      // a space is due before the next piece
    std::string pending_;
};

// The bytes of one token as they are inside a text; they may be a part of a character. Empty for
// control tokens, and for ids at or above n_vocab().
std::string token_text(const Tokenizer& tokenizer, std::uint32_t id);
// The same, with the name of a control token.
std::string token_text_or_name(const Tokenizer& tokenizer, std::uint32_t id);

}  // namespace quire::tokenizer
