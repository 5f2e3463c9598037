// Finds word starts. This file is compiled once for each instruction set (cmake/isa.cmake), and
// everything in it is in a namespace of that name, QUIRE_ISA.
//
// It must not include anything that defines inline functions outside of that namespace: the linker
// keeps only one copy of such a function, and might keep one that needs a newer CPU.
#include "lib/tokenizer/pattern/isa/word_starts.h"

#include "lib/tokenizer/pattern/isa/bytes64.h"

namespace quire::tokenizer {

namespace QUIRE_ISA {
namespace {

AsciiMasks ascii_masks(const char* front) noexcept {
    const Bytes64 bytes(front);
    AsciiMasks masks;
    masks.letters = bytes.lower().within('a', 'z');
    masks.upper = bytes.within('A', 'Z');
    masks.digits = bytes.within('0', '9');
    masks.spaces = bytes.equal(' ');
    masks.white = masks.spaces | bytes.within('\t', '\r');
    masks.line_ends = bytes.equal('\n') | bytes.equal('\r');
    masks.apostrophes = bytes.equal('\'');
    masks.slashes = bytes.equal('/');
    masks.beyond = bytes.beyond_ascii();
    return masks;
}

constexpr std::uint64_t bit(int i) {
    return std::uint64_t{1} << i;
}
// Bits [0, n), n <= 64.
constexpr std::uint64_t below(int n) {
    return n >= 64 ? ~std::uint64_t{0} : bit(n) - 1;
}
// Index of the lowest set bit; `mask` must not be 0.
int lowest(std::uint64_t mask) {
    return __builtin_ctzll(mask);
}

// The masks of a window, up to its first byte that is not ASCII.
struct Window {
    explicit Window(const char* front) noexcept : text(front), masks(ascii_masks(front)) {
        known = masks.beyond == 0 ? 64 : lowest(masks.beyond);
        const std::uint64_t in = below(known);
        letters = masks.letters & in;
        digits = masks.digits & in;
        white = masks.white & in;
        others = in & ~(letters | digits | white);
    }

    // The bytes for which it is decided whether a word starts there, whatever follows byte `known`.
    // A start depends on the three bytes after it, and in white space on the whole run. Needs known
    // >= 8.
    std::uint64_t decided() const {
        int last = known - 4;
        if ((white >> (known - 1) & 1) != 0) {
            const std::uint64_t black = below(known) & ~white;
            const int behind = black == 0 ? 0 : 64 - __builtin_clzll(black);
            if (behind < last) last = behind;
        }
        return last < 1 ? 0 : below(last + 1) & ~std::uint64_t{1};
    }

    // The length of the contraction ('s 't 'm 'd 're 've 'll) whose apostrophe is at `at`, or 0.
    int contraction(int at, bool ignore_case) const {
        if (at > known - 4) return 0;
        const auto letter = [&](int i) {
            const char c = text[at + i];
            return ignore_case && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c;
        };
        const char first = letter(1);
        if (first == 's' || first == 't' || first == 'm' || first == 'd') return 2;
        const char second = letter(2);
        if ((first == 'r' || first == 'v') && second == 'e') return 3;
        return first == 'l' && second == 'l' ? 3 : 0;
    }

    const char* text;
    AsciiMasks masks;
    int known = 0;
    std::uint64_t letters = 0, digits = 0, white = 0, others = 0;
};

std::uint64_t runs(std::uint64_t mask) {
    return mask & ~(mask << 1);
}

// The bits of `from`, extended to higher bits as long as `through` is set without a gap.
std::uint64_t spread_up(std::uint64_t from, std::uint64_t through) {
    for (int step = 1; step < 64; step *= 2) {
        from |= through & (from << step);
        through &= through << step;
    }
    return from;
}

// The same, extended to lower bits.
std::uint64_t spread_down(std::uint64_t from, std::uint64_t through) {
    for (int step = 1; step < 64; step *= 2) {
        from |= through & (from >> step);
        through &= through >> step;
    }
    return from;
}

// A contraction at the start of a word is a word of its own.
std::uint64_t cut_contractions(const Window& w, std::uint64_t starts, bool ignore_case) {
    for (std::uint64_t left = w.masks.apostrophes & (starts | 1); left != 0; left &= left - 1) {
        const int at = lowest(left);
        const int length = w.contraction(at, ignore_case);
        if (length == 0) continue;
        starts &= ~(below(at + length) & ~below(at + 1));
        starts |= bit(at + length);
    }
    return starts;
}

template <bool kSingleDigits>
std::uint64_t gpt2_starts(const Window& w) {
    const std::uint64_t spaces = w.masks.spaces;
    std::uint64_t black = runs(w.letters) | runs(w.others);
    // A space belongs to the word after it. Of other white space, only the last character is
    // separate, and not even that before a digit, because a digit is split off in a step before.
    std::uint64_t last_white = w.white & ~(w.white >> 1);
    std::uint64_t starts = runs(w.white);
    if constexpr (kSingleDigits) {
        last_white &= ~(w.digits >> 1);
        starts |= w.digits;
    } else {
        black |= runs(w.digits);
    }
    starts |= (black & ~(spaces << 1)) | last_white;
    return cut_contractions(w, starts, false);
}

// Word starts inside white space, where a line end takes the white space before it along. Both
// masks exclude what belongs to the word before.
std::uint64_t white_starts(std::uint64_t white, std::uint64_t line_ends) {
    const std::uint64_t blanks = white & ~line_ends;
    // Blanks after the last line end of a run start a word.
    const std::uint64_t before_line_end = spread_down((line_ends >> 1) & blanks, blanks);
    const std::uint64_t after_line_end = runs(blanks) & (line_ends << 1);
    return runs(white) | (blanks & ~(white >> 1)) | (after_line_end & ~before_line_end);
}

// Digits go in groups of three.
std::uint64_t digit_triples(std::uint64_t digits) {
    const std::uint64_t three = digits & (digits << 1) & (digits << 2);
    const auto after = [three](std::uint64_t starts) { return (starts << 3) & three; };
    const std::uint64_t first = runs(digits);
    const std::uint64_t second = after(first);
    std::uint64_t starts = first | second;
    // Runs of more than six digits are rare.
    for (std::uint64_t next = after(second); next != 0; next = after(next)) starts |= next;
    return starts;
}

// In o200k a contraction belongs to the word before it.
std::uint64_t join_contractions(const Window& w, std::uint64_t starts) {
    int closed = 0;  // the end of the last contraction: a second one cannot join the same word
    for (std::uint64_t left = w.masks.apostrophes & (w.letters << 1); left != 0; left &= left - 1) {
        const int at = lowest(left);
        if (at == closed) continue;
        const int length = w.contraction(at, true);
        if (length == 0) continue;
        closed = at + length;
        starts &= ~(below(closed) & ~below(at));
        starts |= bit(closed);
    }
    return starts;
}

template <WordScan kScan>
std::uint64_t cl100k_starts(const Window& w) {
    constexpr bool kByCase = kScan == WordScan::o200k;
    const std::uint64_t tail = kByCase ? w.masks.line_ends | w.masks.slashes : w.masks.line_ends;
    // Line ends (for o200k also slashes) after punctuation belong to its word.
    const std::uint64_t in = below(w.known);
    const std::uint64_t absorbed = spread_up(w.masks.line_ends & (w.others << 1), tail) & in;
    const std::uint64_t white = w.white & ~absorbed;
    const std::uint64_t line_ends = w.masks.line_ends & ~absorbed;
    const std::uint64_t blanks = white & ~line_ends;
    const std::uint64_t others = w.others & ~absorbed;
    const std::uint64_t after_space = w.masks.spaces << 1;
    // A single punctuation mark before a letter belongs to the letters, unless a space precedes it.
    const std::uint64_t other_runs = runs(others) & ~after_space;
    const std::uint64_t marks = other_runs & ~(others >> 1) & (w.letters >> 1);

    std::uint64_t starts = white_starts(white, line_ends) | other_runs;
    starts |= runs(w.letters) & ~(blanks << 1) & ~(marks << 1);
    starts |= kScan == WordScan::qwen2 ? w.digits : digit_triples(w.digits);
    if constexpr (kByCase) {
        starts |= w.masks.upper & ((w.letters & ~w.masks.upper) << 1);
        return join_contractions(w, starts);
    }
    return cut_contractions(w, starts, true);
}

template <std::uint64_t (*kStarts)(const Window&)>
std::uint64_t starts_by(const char* front) noexcept {
    const Window window(front);
    if (window.known < 8) return 0;
    const std::uint64_t decided = window.decided();
    return decided == 0 ? 0 : kStarts(window) & decided;
}

constexpr WordScanVariant kVariant{
    base::kIsaNames[static_cast<std::size_t>(base::Isa::QUIRE_ISA)],
    // In the order of WordScan.
    {nullptr, starts_by<gpt2_starts<false>>, starts_by<gpt2_starts<true>>,
     starts_by<cl100k_starts<WordScan::cl100k>>, starts_by<cl100k_starts<WordScan::qwen2>>,
     starts_by<cl100k_starts<WordScan::o200k>>},
    ascii_masks,
};

}  // namespace
}  // namespace QUIRE_ISA

template <>
const WordScanVariant& word_scan_variant_of<base::Isa::QUIRE_ISA>() noexcept {
    return QUIRE_ISA::kVariant;
}

}  // namespace quire::tokenizer
