#include "lib/text/word_scan.h"

#include <algorithm>
#include <bit>
#include <string>
#include <string_view>

#include "lib/text/ascii_masks.h"
#include "lib/text/byte_level.h"

namespace quire::text {

namespace {

constexpr std::uint64_t bit(int i) {
    return std::uint64_t{1} << i;
}
// Bits [0, n), n <= 64.
constexpr std::uint64_t below(int n) {
    return n >= 64 ? ~std::uint64_t{0} : bit(n) - 1;
}

// The masks of a window up to its first byte that is not ASCII.
struct Window {
    explicit Window(const char* front) : text(front), masks(ascii_masks(front)) {
        known = masks.beyond == 0 ? 64 : std::countr_zero(masks.beyond);
        const std::uint64_t in = below(known);
        letters = masks.letters & in;
        digits = masks.digits & in;
        white = masks.white & in;
        others = in & ~(letters | digits | white);
    }

    // The places whose start, or not, no byte from `known` on can change: starts look at three
    // bytes after them, and in white space at all of it.
    std::uint64_t decided() const {
        int last = known - 4;
        if ((white >> (known - 1) & 1) != 0) {
            const std::uint64_t black = below(known) & ~white;
            last = std::min(last, 64 - std::countl_zero(black));
        }
        return last < 1 ? 0 : below(last + 1) & ~std::uint64_t{1};
    }

    // The length of a contraction ('s 't 'm 'd 're 've 'll) at the apostrophe `at`, or 0.
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

// A contraction that begins a word is one by itself.
std::uint64_t cut_contractions(const Window& w, std::uint64_t starts, bool ignore_case) {
    for (std::uint64_t left = w.masks.apostrophes & (starts | 1); left != 0; left &= left - 1) {
        const int at = std::countr_zero(left);
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
    // A space goes with the word after it; of other white space only the last is apart from the
    // rest, and nothing of it where a digit, which is a section of its own, follows.
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

// What begins inside white space, where line ends take what is before them along: `line_ends` and
// `white` without those that belong to the word before.
std::uint64_t white_starts(std::uint64_t white, std::uint64_t line_ends) {
    const std::uint64_t blanks = white & ~line_ends;
    std::uint64_t starts = runs(white) | (blanks & ~(white >> 1));
    // Blanks after the last line end of a run begin a word.
    for (std::uint64_t left = runs(blanks) & (line_ends << 1); left != 0; left &= left - 1) {
        const int at = std::countr_zero(left);
        const int end = at + std::countr_one(blanks >> at);
        if (end < 64 && (line_ends >> end & 1) == 0) starts |= bit(at);
    }
    return starts;
}

// The bytes of `tail` that follow punctuation as part of its word: runs that begin at line ends.
std::uint64_t absorbed_by_others(const Window& w, std::uint64_t tail) {
    std::uint64_t absorbed = 0;
    for (std::uint64_t left = w.masks.line_ends & (w.others << 1); left != 0;) {
        const int at = std::countr_zero(left);
        const int end = at + std::countr_one(tail >> at);
        absorbed |= below(end) & ~below(at);
        left &= ~below(end);
    }
    return absorbed & below(w.known);
}

// Three digits at a time.
std::uint64_t digit_triples(std::uint64_t digits) {
    std::uint64_t starts = 0;
    for (std::uint64_t next = runs(digits); next != 0;
         next = (next << 3) & digits & (digits << 1) & (digits << 2)) {
        starts |= next;
    }
    return starts;
}

// In o200k a contraction goes with the word before it.
std::uint64_t join_contractions(const Window& w, std::uint64_t starts) {
    int closed = 0;  // where a contraction ended: no other goes with that word
    for (std::uint64_t left = w.masks.apostrophes & (w.letters << 1); left != 0; left &= left - 1) {
        const int at = std::countr_zero(left);
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
    const std::uint64_t absorbed = absorbed_by_others(w, tail);
    const std::uint64_t white = w.white & ~absorbed;
    const std::uint64_t line_ends = w.masks.line_ends & ~absorbed;
    const std::uint64_t blanks = white & ~line_ends;
    const std::uint64_t others = w.others & ~absorbed;
    const std::uint64_t after_space = w.masks.spaces << 1;
    // A single mark before a letter, unless a space takes it, goes with the letters.
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

std::uint64_t starts_of(WordScan scan, const Window& w) {
    switch (scan) {
        case WordScan::none:
            return 0;
        case WordScan::gpt2:
            return gpt2_starts<false>(w);
        case WordScan::digits_gpt2:
            return gpt2_starts<true>(w);
        case WordScan::cl100k:
            return cl100k_starts<WordScan::cl100k>(w);
        case WordScan::qwen2:
            return cl100k_starts<WordScan::qwen2>(w);
        case WordScan::o200k:
            return cl100k_starts<WordScan::o200k>(w);
    }
    return 0;
}

}  // namespace

std::uint64_t word_starts(WordScan scan, const char* front) noexcept {
    const Window window(front);
    if (window.known < 8) return 0;
    const std::uint64_t decided = window.decided();
    return decided == 0 ? 0 : starts_of(scan, window) & decided;
}

WordScan word_scan_of(std::span<const SplitStep> steps) {
    // A pattern that leaves nothing between its matches is the same when gaps are dropped.
    const auto is = [&](std::size_t i, std::string_view pattern) {
        return steps[i].pattern == pattern && !steps[i].drop_matches && !steps[i].of_bytes;
    };
    if (steps.size() == 2) {
        const bool digits = is(0, kOneDigitPattern) && !steps[0].drop_gaps;
        return digits && is(1, kGpt2Pattern) ? WordScan::digits_gpt2 : WordScan::none;
    }
    if (steps.size() != 1) return WordScan::none;
    if (is(0, kGpt2Pattern)) return WordScan::gpt2;
    if (is(0, kLlama3Pattern)) return WordScan::cl100k;
    if (is(0, kQwen2Pattern)) return WordScan::qwen2;
    return is(0, kO200kPattern) ? WordScan::o200k : WordScan::none;
}

}  // namespace quire::text
