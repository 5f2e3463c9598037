// Word starts for the split patterns that most published tokenizers share, 64 bytes of ASCII at a
// time; one variant per instruction set. The variants are compiled with their own flags
// (word_starts.cpp), so this header holds plain types only and defines no inline functions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/cpu.h"

namespace quire::tokenizer {

// Stored in files (see "tokenizer.split" in formats/quire/FORMAT.md): append only.
enum class WordScan : std::uint8_t {
    none,
    gpt2,         // kGpt2Pattern
    digits_gpt2,  // kOneDigitPattern, then kGpt2Pattern
    cl100k,       // kLlama3Pattern
    qwen2,        // the same, with single digits
    o200k,        // kO200kPattern
};
inline constexpr std::uint32_t kWordScans = 6;

inline constexpr std::size_t kScanBytes = 64;

// Classes of 64 bytes as bit masks: bit i stands for byte i.
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

// `front` must be the start of a word, and kScanBytes must be readable from there. In the result, a
// set bit i > 0 means that a word starts at byte i, and all places up to the highest set bit are
// decided. 0 means that nothing could be decided, as near bytes that are not ASCII and in long
// white space.
using WordStarts = std::uint64_t (*)(const char* front) noexcept;

struct WordScanVariant {
    const char* name;
    WordStarts starts[kWordScans];                    // indexed by WordScan; null for none
    AsciiMasks (*masks)(const char* bytes) noexcept;  // the masks they are computed from; for tests
};

// The variant of an instruction set that this build has code for.
template <base::Isa isa>
const WordScanVariant& word_scan_variant_of() noexcept;

}  // namespace quire::tokenizer
