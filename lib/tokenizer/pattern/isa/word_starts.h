// The split patterns that published tokenizers share, run over 64 bytes of ASCII at a time, one
// variant for each instruction set. Only plain types: the variants are compiled with flags of their
// own (see word_starts.cpp), so nothing here may define an inline function.
#pragma once

#include <cstddef>
#include <cstdint>

namespace quire::tokenizer {

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

inline constexpr std::size_t kScanBytes = 64;

// The classes of 64 bytes as bit masks: bit i is byte i.
struct AsciiMasks {
    std::uint64_t letters;
    std::uint64_t upper;
    std::uint64_t digits;
    std::uint64_t white;  // space, \t \n \v \f \r
    std::uint64_t spaces;
    std::uint64_t line_ends;  // \n \r
    std::uint64_t apostrophes;
    std::uint64_t slashes;
    std::uint64_t beyond;  // not ASCII
};

// `front` is where a word begins, and kScanBytes can be read from there. A set bit i > 0 says that
// a word begins at byte i; all places up to the highest bit are decided. 0: nothing is known, as
// near bytes that are not ASCII and in long white space.
using WordStarts = std::uint64_t (*)(const char* front) noexcept;

struct WordScanVariant {
    const char* name;
    WordStarts starts[kWordScans];                    // by WordScan; null for none
    AsciiMasks (*masks)(const char* bytes) noexcept;  // what they stand on; for tests
};

}  // namespace quire::tokenizer
