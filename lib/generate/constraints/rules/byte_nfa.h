// The rules of a grammar as automata over bytes that call each other.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/generate/constraints/rules/grammar.h"

namespace quire::constraints {

struct ByteNfa {
    using State = std::uint32_t;
    struct Edge {
        std::uint8_t lo, hi;
        State to;
    };
    struct Call {
        std::uint32_t rule;
        State to;
    };
    struct Node {
        std::vector<State> empty;
        std::vector<Edge> edges;
        std::vector<Call> calls;
    };
    struct Rule {
        State begin;
        State end;
    };
    std::vector<Node> nodes;
    std::vector<Rule> rules;
    // Bytes of the shortest way to the end of the state's rule; kEndless.
    std::vector<std::uint64_t> rest;

    static constexpr std::size_t kMostStates = 200'000;
    static constexpr std::uint64_t kEndless = UINT64_MAX / 4;
};

// Small rules that do not call themselves are put where they are called. Throws TooLarge, and Unusable
// for a rule that begins with itself, and for a root that never ends.
ByteNfa compile_grammar(const Grammar& grammar);

}  // namespace quire::constraints
