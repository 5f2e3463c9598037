// Encodes a text that arrives in parts, in constant memory: text is encoded as soon as its ids can
// no longer change. The ids are the same as for the whole text at once. Only a text without any
// safe cut (safe_cuts.h), such as one endless word, is held until it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/encoder.h"
#include "lib/tokenizer/encode/safe_cuts.h"

namespace quire::tokenizer {

class EncodeStream {
  public:
    // `tokenizer` and `cuts` must outlive the object. trust_all: recognize special tokens.
    EncodeStream(const Tokenizer& tokenizer, const SafeCuts& cuts, bool trust_all)
        : encoder_(tokenizer), cuts_(cuts), trust_all_(trust_all) {}

    // Appends the ids that are final.
    void push(std::string_view text, std::vector<std::uint32_t>& ids);
    // Appends the remaining ids. The next push() begins another text; the word cache is kept.
    void finish(std::vector<std::uint32_t>& ids);

    // Call this if the text pushed next is the rest of a text that was cut where SafeCuts allows
    // it.
    void continue_from_cut() noexcept { continues_ = true; }
    // True if nothing was pushed since the text began.
    bool at_start() const noexcept { return !continues_ && pending_.empty(); }

  private:
    void encode(std::string_view text, std::vector<std::uint32_t>& ids);

    Encoder encoder_;
    const SafeCuts& cuts_;
    bool trust_all_ = false;
    bool continues_ = false;
    std::string pending_;
    std::size_t looked_ = 0;  // pending_ has no safe cut before this offset
};

}  // namespace quire::tokenizer
