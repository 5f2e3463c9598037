#include "lib/generate/constraints/text/nfa.h"

#include <algorithm>
#include <map>

namespace quire::constraints {

Nfa::State Nfa::add() {
    if (empties_.size() >= kMostStates) {
        throw TooLarge("expected a pattern with at most " + std::to_string(kMostStates) +
                       " positions, found more");
    }
    empties_.emplace_back();
    edges_.emplace_back();
    return static_cast<State>(empties_.size() - 1);
}

void Nfa::link(State from, State to, When when) {
    empties_[from].push_back({to, when});
}

void Nfa::link(State from, State to, const unicode::CodePointSet& set) {
    const auto found = std::find(sets_.begin(), sets_.end(), set);
    const auto number = static_cast<std::uint32_t>(found - sets_.begin());
    if (found == sets_.end()) sets_.push_back(set);
    edges_[from].push_back({number, to});
}

Nfa::Set Nfa::closure(Set states, bool at_begin, bool at_end) const {
    std::vector<bool> seen(empties_.size());
    for (const State s : states) seen[s] = true;
    for (std::size_t i = 0; i < states.size(); ++i) {
        for (const Empty& step : empties_[states[i]]) {
            if (step.when == When::begin && !at_begin) continue;
            if (step.when == When::end && !at_end) continue;
            if (seen[step.to]) continue;
            seen[step.to] = true;
            states.push_back(step.to);
        }
    }
    std::sort(states.begin(), states.end());
    return states;
}

std::vector<CharDfa::Arc> Nfa::arcs_of(const Set& states,
                                       const std::function<std::uint32_t(Set)>& number) const {
    std::map<std::uint32_t, Set> to;  // by set
    for (const State s : states) {
        for (const Edge& edge : edges_[s]) to[edge.set].push_back(edge.to);
    }
    std::vector<char32_t> cuts;
    for (const auto& [set, unused] : to) {
        for (const unicode::CodePointRange& range : sets_[set].ranges()) {
            cuts.push_back(range.begin);
            cuts.push_back(range.end);
        }
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    std::map<std::vector<std::uint32_t>, std::uint32_t> known;  // which sets: which state
    std::vector<CharDfa::Arc> arcs;
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
        std::vector<std::uint32_t> which;
        for (const auto& [set, unused] : to) {
            if (sets_[set].contains(cuts[i])) which.push_back(set);
        }
        if (which.empty()) continue;
        const auto [found, is_new] = known.try_emplace(which, kDead);
        if (is_new) {
            Set targets;
            for (const std::uint32_t set : which) {
                targets.insert(targets.end(), to[set].begin(), to[set].end());
            }
            std::sort(targets.begin(), targets.end());
            targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
            found->second = number(std::move(targets));
        }
        arcs.push_back({cuts[i], cuts[i + 1] - 1, found->second});
    }
    return arcs;
}

CharDfa Nfa::determinize(State start, State accept) const {
    CharDfa out;
    std::map<Set, std::uint32_t> numbers;
    std::vector<Set> order;
    const auto number = [&](Set states) {
        const auto fresh = static_cast<std::uint32_t>(order.size());
        const auto [found, is_new] = numbers.try_emplace(std::move(states), fresh);
        if (is_new) order.push_back(found->first);
        return found->second;
    };
    // The start is a state of its own, as only there the text begins.
    order.push_back({start});
    std::size_t work = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        const Set states = closure(order[i], i == 0, false);
        work += empties_.size() / 16 + states.size();
        if (work > kMostWork) {
            throw TooLarge("expected a pattern with fewer states, found one with more than " +
                           std::to_string(i));
        }
        const Set at_end = closure(order[i], i == 0, true);
        const bool accepts = std::binary_search(at_end.begin(), at_end.end(), accept);
        out.add_state(arcs_of(states, number), accepts ? 0 : CharDfa::kRejects);
    }
    out.trim();
    return out;
}

}  // namespace quire::constraints
