// Ids to text, one after the other, as they are generated. What push() returns may be printed at
// once: the bytes of a character that is spread over tokens are held back until it is whole, and
// bytes that cannot become UTF-8 any more come out as they are. Control tokens have no text.
#pragma once

#include <cstdint>
#include <string>

#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tokenizer {

class DecodeStream {
  public:
    // at_start: the ids begin a text, so that the space that such tokenizers put before a text is
    // taken off again; false when they continue one. `tokenizer` must outlive the object.
    explicit DecodeStream(const Tokenizer& tokenizer, bool at_start = false);

    // An id that is not below n_vocab(), as models with padded embeddings can make, has no text.
    std::string push(std::uint32_t id);

    // What is held back; the stream is empty afterwards.
    std::string finish();

  private:
    void append_piece(std::uint32_t id);
    void append_spaced(std::uint32_t id, bool first);
    void append_word(std::uint32_t id, bool first);
    void append_suffixed(std::uint32_t id);

    const Tokenizer& tokenizer_;
    bool first_ = true;             // no piece yet
    std::uint32_t strip_left_ = 0;  // spaces still to be taken off
    bool space_waits_ = false;      // for a piece behind it
    std::string pending_;
};

}  // namespace quire::tokenizer
