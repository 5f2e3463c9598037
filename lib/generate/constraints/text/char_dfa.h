// Automata over code points: which strings a pattern, a list of texts or a range of numbers allows.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "lib/unicode/code_point_set.h"

namespace quire::constraints {

inline constexpr std::uint32_t kDead = UINT32_MAX;

// How the characters of a text are written.
enum class Spelling : std::uint8_t {
    plain,  // as UTF-8; the frame ends with the text
    json,   // as in a JSON string, with its closing quotation mark
};

// A constraint would take more memory or time than it may. what() says what was too large.
struct TooLarge : std::runtime_error {
    using runtime_error::runtime_error;
};

// Deterministic. Every state of a finished automaton leads to an accepting one.
class CharDfa {
  public:
    struct Arc {
        char32_t lo = 0;  // both included
        char32_t hi = 0;
        std::uint32_t next = kDead;
    };
    static constexpr std::int32_t kRejects = -1;
    static constexpr std::size_t kMostStates = 1U << 16;

    // An automaton that accepts nothing.
    CharDfa() = default;

    bool empty() const noexcept { return begins_.size() <= 1; }
    std::size_t n_states() const noexcept { return labels_.size(); }
    std::size_t n_arcs() const noexcept { return arcs_.size(); }
    // Sorted, disjoint, surrogates not among them. State 0 is the start.
    std::span<const Arc> arcs(std::uint32_t state) const noexcept {
        return std::span(arcs_).subspan(begins_[state], begins_[state + 1] - begins_[state]);
    }
    // At least 0 where a text may end.
    std::int32_t label(std::uint32_t state) const noexcept { return labels_[state]; }
    // kDead: there is none.
    std::uint32_t next(std::uint32_t state, char32_t c) const noexcept;
    // The arcs that characters from lo to hi take.
    std::span<const Arc> arcs_in(std::uint32_t state, char32_t lo, char32_t hi) const noexcept;
    bool accepts(std::u32string_view text) const noexcept;
    // Whether the state accepts and every character leads back to it.
    bool is_free(std::uint32_t state) const noexcept;

    // Adds a state, in order. Arcs must be sorted and disjoint.
    void add_state(std::span<const Arc> arcs, std::int32_t label);
    // Leaves out the states that lead nowhere or cannot be reached.
    void trim();

    // Bytes of the shortest end from each state, without a closing quotation mark.
    std::vector<std::uint32_t> shortest(Spelling spelling) const;

    // All texts, with label 0.
    static CharDfa any();
    // These texts; text i has label first_label + i, or all have first_label.
    static CharDfa of(std::span<const std::u32string> texts, std::int32_t first_label = 0,
                      bool same_label = true);

  private:
    std::vector<Arc> arcs_;
    std::vector<std::size_t> begins_{0};
    std::vector<std::int32_t> labels_;
};

// Bytes that a character takes in its shortest form.
std::uint32_t n_bytes(char32_t c, Spelling spelling) noexcept;

// Runs several automata at the same time. label: of a text, from the label that each automaton gives it
// (kRejects where it does not accept it). TooLarge beyond CharDfa::kMostStates.
struct Product {
    std::vector<const CharDfa*> parts;
    std::function<std::int32_t(std::span<const std::int32_t>)> label;
    std::size_t n_needed = 0;  // where one of so many first parts is dead, no text gets a label
};
CharDfa run(const Product& product);

CharDfa both(const CharDfa& a, const CharDfa& b);
CharDfa either(const CharDfa& a, const CharDfa& b);
// What `all` accepts and `some` does not.
CharDfa without(const CharDfa& all, const CharDfa& some);

}  // namespace quire::constraints
