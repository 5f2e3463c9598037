// The split patterns that published tokenizers share, run over 64 bytes of ASCII at a time: bit i
// of a mask is byte i, and words begin where shifted masks of letters, digits and white space
// differ. What it finds is what the automaton of the pattern (splitter.h) finds, which a test holds
// it to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/text/tokenizer_source.h"

namespace quire::text {

// Kept in files (split_table.h): append only.
enum class WordScan : std::uint8_t {
    none,
    gpt2,         // kGpt2Pattern
    digits_gpt2,  // kOneDigitPattern, then kGpt2Pattern
    cl100k,       // kLlama3Pattern
    qwen2,        // the same with one digit at a time
    o200k,        // words by upper and lower case
};
inline constexpr std::uint32_t kWordScans = 6;

// The scan that does what these steps do; none for all but the patterns above.
WordScan word_scan_of(std::span<const SplitStep> steps);

inline constexpr std::size_t kScanBytes = 64;

// `front` is where a word begins, and kScanBytes can be read from there. A set bit i > 0 says that
// a word begins at byte i; all places up to the highest bit are decided. 0: nothing is known, as
// near bytes that are not ASCII and in long white space.
std::uint64_t word_starts(WordScan scan, const char* front) noexcept;

}  // namespace quire::text
