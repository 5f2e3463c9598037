// The ids of a text that comes in parts, in memory that does not grow with it: what cannot change
// any more is encoded at once. The ids are those of the whole text. Only a text without a place to
// cut (safe_cuts.h), such as one endless word, is held until it ends.
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
    // `tokenizer` and `cuts` must outlive the object. trust_all: special tokens are recognised.
    EncodeStream(const Tokenizer& tokenizer, const SafeCuts& cuts, bool trust_all)
        : encoder_(tokenizer), cuts_(cuts), trust_all_(trust_all) {}

    // Appends the ids that are decided.
    void push(std::string_view text, std::vector<std::uint32_t>& ids);
    // Appends the rest; the next push() begins another text. The memory of words is kept.
    void finish(std::vector<std::uint32_t>& ids);

    // What is pushed next is the rest of a text that was cut at a place that SafeCuts found.
    void continue_from_cut() noexcept { continues_ = true; }
    // Nothing was pushed since the text began.
    bool at_start() const noexcept { return !continues_ && pending_.empty(); }

  private:
    void encode(std::string_view text, std::vector<std::uint32_t>& ids);

    Encoder encoder_;
    const SafeCuts& cuts_;
    bool trust_all_ = false;
    bool continues_ = false;
    std::string pending_;
    std::size_t looked_ = 0;  // no place to cut in pending_ up to here
};

}  // namespace quire::tokenizer
