// A text inside a frame, byte by byte: UTF-8, in a JSON string also escapes. Every character has all
// spellings that writers of JSON choose: itself, the short escapes, and unless it is a printable
// character of ASCII other than <, > and &, \uXXXX with digits of either case (two of them beyond U+FFFF).
#pragma once

#include <cstdint>
#include <functional>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

enum class Inside : std::uint8_t {
    none,       // between two characters
    utf8,       // `need` bytes of a character are still to come; read: its bits so far
    utf8_any,   // the same; the state is already the one after the character
    backslash,  // after a backslash
    hex,        // `need` digits of \uXXXX are still to come; read: the value so far
    hex_any,    // the same; the state is already the one after the character
    high,       // after \uXXXX of the first half of a character, whose value is `read`
    high_backslash,
    low,  // digits of the second half; read: the first half * 65536 + the value so far
};

inline constexpr std::uint32_t kNoLimit = UINT32_MAX;

struct TextPlace {
    std::uint32_t state = 0;            // of the automaton
    std::uint32_t min_left = 0;         // characters that must still come
    std::uint32_t max_left = kNoLimit;  // that may still come
    std::uint32_t read = 0;
    Inside inside = Inside::none;
    std::uint8_t need = 0;
    std::uint8_t length = 0;  // of a character's UTF-8

    bool operator==(const TextPlace&) const = default;
};

struct TextPlaceHash {
    std::size_t operator()(const TextPlace& place) const noexcept;
};

class TextWalk {
  public:
    // Whether a text may be in this state of the automaton.
    using Live = std::function<bool(std::uint32_t)>;
    using Found = std::function<void(std::uint8_t lo, std::uint8_t hi, const TextPlace&)>;

    // `dfa` must outlive the object.
    TextWalk(const CharDfa& dfa, Spelling spelling) : dfa_(dfa), spelling_(spelling) {}

    // Calls `found` with the bytes that may follow, but for the closing quotation mark.
    void bytes_after(const TextPlace& at, const Live& live, const Found& found) const;
    // Bytes up to the end of the character that is open at `at`, and then the least of what `cost`
    // gives for the states after it; UINT32_MAX if there is none.
    std::uint64_t rest(const TextPlace& at,
                       const std::function<std::uint64_t(std::uint32_t)>& cost) const;

    const CharDfa& dfa() const noexcept { return dfa_; }
    Spelling spelling() const noexcept { return spelling_; }

  private:
    struct Range {
        char32_t lo, hi;
        std::uint32_t n_bytes;  // until a character in it is complete
    };
    std::vector<Range> reach(const TextPlace& at) const;
    bool can_go_on(const TextPlace& at, const Live& live) const;
    static TextPlace after_character(TextPlace at, std::uint32_t state);
    void put(std::uint8_t byte, TextPlace to, const Live& live, const Found& found) const;
    void after_none(const TextPlace& at, const Live& live, const Found& found) const;
    void after_backslash(const TextPlace& at, const Live& live, const Found& found) const;
    void after_digits(const TextPlace& at, const Live& live, const Found& found) const;

    const CharDfa& dfa_;
    Spelling spelling_;
};

}  // namespace quire::constraints
