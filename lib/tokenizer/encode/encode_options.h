// What a caller may ask of the encoder besides the ids of a text (encoder.h).
#pragma once

#include <cstddef>
#include <span>

namespace quire::tokenizer {

// Bytes [begin, end) of a text in which special tokens may be recognized.
struct TrustedRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct EncodeOptions {
    bool add_special = false;  // add the model's prefix and suffix ids (bos, eos)
    bool trust_all = false;    // recognize special tokens anywhere
    // In order and not overlapping. A special token must lie inside one range, so two adjacent
    // ranges are not the same as one.
    std::span<const TrustedRange> trusted = {};
    // The text is the rest of one that was cut where SafeCuts allows it, and whose front was encoded
    // before.
    bool continues = false;
};

}  // namespace quire::tokenizer
