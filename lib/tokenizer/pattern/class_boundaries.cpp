#include "lib/tokenizer/pattern/class_boundaries.h"

#include <algorithm>
#include <utility>

#include "lib/tokenizer/pattern/split_table.h"

namespace quire::tokenizer {

namespace {

constexpr std::uint32_t kStates = kSplitMatch - 1;  // the bits of a transition that name a state

// For larger automata the search would take longer than the cuts save.
constexpr std::size_t kMaxLooks = 20'000'000;

// What one step of the splitter does between a character of class a and one of class b, in any
// text: (n_classes, n_classes).
struct StepBehavior {
    std::vector<bool> cuts;      // a word ends there, and would also end there if the text did
    std::vector<bool> harmless;  // no match crosses the place, and none depends on what follows
    bool complete = false;       // where it does not cut, the word always continues
};

// (n_classes) the states that the automaton can be in after a character of the class.
std::vector<std::vector<std::uint32_t>> states_after(const SplitTable& table, std::size_t step) {
    const std::uint32_t n_classes = table.end_class();
    std::vector<std::vector<std::uint32_t>> after(n_classes);
    std::vector<bool> seen(kMaxSplitStates);
    std::vector<std::uint32_t> open{1};
    seen[1] = true;
    while (!open.empty()) {
        const std::uint32_t state = open.back();
        open.pop_back();
        for (std::uint32_t c = 0; c < n_classes; ++c) {
            const std::uint32_t next = table.transition(step, state, c) & kStates;
            if (next == 0) continue;
            after[c].push_back(next);
            if (!seen[next]) open.push_back(next);
            seen[next] = true;
        }
    }
    for (auto& states : after) {
        std::sort(states.begin(), states.end());
        states.erase(std::unique(states.begin(), states.end()), states.end());
    }
    return after;
}

// True if a match begins at every character, so that there are no gaps between matches.
bool is_total(const SplitTable& table, std::size_t step) {
    for (std::uint32_t a = 0; a < table.end_class(); ++a) {
        const std::uint32_t state = table.transition(step, 1, a) & kStates;
        for (std::uint32_t b = 0; b <= table.end_class(); ++b) {
            if ((table.transition(step, state, b) & kSplitMatch) == 0) return false;
        }
    }
    return true;
}

// Empty if the automaton is too large.
StepBehavior behavior_of(const SplitTable& table, std::size_t step) {
    const std::size_t n = table.end_class();
    const auto after = states_after(table, step);
    std::size_t n_looks = 0;
    for (const auto& states : after) n_looks += states.size() * n;
    if (n_looks > kMaxLooks) return {};
    StepBehavior result{std::vector<bool>(n * n, is_total(table, step)),
                        std::vector<bool>(n * n, true), is_total(table, step)};
    std::vector<bool> goes_on(n * n, true);
    for (std::size_t a = 0; a < n; ++a) {
        for (const std::uint32_t state : after[a]) {
            const bool ends = (table.transition(step, state, table.end_class()) & kSplitMatch) != 0;
            for (std::uint32_t b = 0; b < n; ++b) {
                const std::uint16_t next = table.transition(step, state, b);
                if (next != kSplitMatch || !ends) result.cuts[a * n + b] = false;
                const bool matches = (next & kSplitMatch) != 0;
                if ((next & kStates) != 0 || matches != ends) result.harmless[a * n + b] = false;
                if ((next & kStates) == 0 || !ends) goes_on[a * n + b] = false;
            }
        }
    }
    for (std::size_t i = 0; i < n * n; ++i) {
        if (!result.cuts[i] && !goes_on[i]) result.complete = false;
    }
    return result;
}

}  // namespace

ClassBoundaries::ClassBoundaries(const SplitTable& split) : n_classes_(split.end_class()) {
    const std::size_t n_pairs = n_classes_ * n_classes_;
    std::vector<bool> apart(n_pairs, false);
    std::vector<bool> harmless(n_pairs, true);
    for (std::size_t step = 0; step < split.n_steps(); ++step) {
        if (split.reads_bytes(step) || split.context(step) != nullptr) break;
        const StepBehavior behavior = behavior_of(split, step);
        if (behavior.cuts.empty()) break;
        is_all_ = behavior.complete && split.n_steps() == 1 && split.keeps(0, true);
        for (std::size_t i = 0; i < n_pairs; ++i) {
            if (harmless[i] && behavior.cuts[i]) apart[i] = true;
            harmless[i] = harmless[i] && behavior.harmless[i];
        }
    }
    if (std::find(apart.begin(), apart.end(), true) != apart.end()) apart_ = std::move(apart);
}

}  // namespace quire::tokenizer
