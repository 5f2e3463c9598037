// Nondeterministic automata over code points, as patterns are built from, and their conversion.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

class Nfa {
  public:
    using State = std::uint32_t;
    static constexpr std::size_t kMostStates = 50'000;
    // Positions looked at by determinize(), about.
    static constexpr std::size_t kMostWork = 4'000'000;

    // Takes an empty step only at the start of the text (begin) or at its end (end).
    enum class When : std::uint8_t { always, begin, end };

    State add();
    void link(State from, State to, When when = When::always);
    void link(State from, State to, const unicode::CodePointSet& set);

    // Of the texts that lead from `start` to `accept`. TooLarge.
    CharDfa determinize(State start, State accept) const;

  private:
    struct Empty {
        State to;
        When when;
    };
    struct Edge {
        std::uint32_t set;
        State to;
    };
    using Set = std::vector<State>;
    Set closure(Set states, bool at_begin, bool at_end) const;
    std::vector<CharDfa::Arc> arcs_of(const Set& states,
                                      const std::function<std::uint32_t(Set)>& number) const;

    std::vector<std::vector<Empty>> empties_;
    std::vector<std::vector<Edge>> edges_;
    std::vector<unicode::CodePointSet> sets_;
};

}  // namespace quire::constraints
