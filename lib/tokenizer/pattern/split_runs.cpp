#include "lib/tokenizer/pattern/split_runs.h"

#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/pattern/splitter.h"

namespace quire::tokenizer {

namespace {

std::uint32_t state_of(std::uint16_t transition) {
    return transition & ~std::uint32_t{kSplitMatch};
}

bool matches(std::uint16_t transition) {
    return (transition & kSplitMatch) != 0;
}

// What step 0 does after one character of a class at the front of a word.
struct Front {
    std::uint32_t state = 0;
    bool loops = false;
};

// True if a word that begins with class `a` ends exactly before the classes that are not of its
// run.
bool is_run(const SplitTable& table, const std::array<Front, 256>& fronts, std::uint32_t a) {
    const Front& front = fronts[a];
    if (front.state == 0 || !matches(table.transition(0, front.state, table.end_class()))) {
        return false;
    }
    for (std::uint32_t b = 0; b < table.end_class(); ++b) {
        const std::uint16_t next = table.transition(0, front.state, b);
        const bool goes_on = front.loops && fronts[b].state == front.state;
        if (!matches(next) || state_of(next) != (goes_on ? front.state : 0)) return false;
    }
    return true;
}

// 1 if step 1 takes each run of `a` as one match, 0 if it finds nothing in it, -1 otherwise.
int second_step(const SplitTable& table, const std::array<Front, 256>& fronts, std::uint32_t a) {
    const std::uint32_t state = state_of(table.transition(1, 1, a));
    if (state == 0) return 0;
    if (!matches(table.transition(1, state, table.end_class()))) return -1;
    for (std::uint32_t b = 0; b < table.end_class(); ++b) {
        if (!fronts[a].loops || fronts[b].state != fronts[a].state) continue;
        const std::uint16_t next = table.transition(1, state, b);
        if (!matches(next) || state_of(next) != state) return -1;
        if (state_of(table.transition(1, 1, b)) != state) return -1;
    }
    return 1;
}

}  // namespace

SplitRuns find_runs(const SplitTable& table) {
    SplitRuns runs;
    const std::uint32_t n = table.end_class();
    if (table.n_steps() < 1 || table.n_steps() > 2) return runs;
    if (table.reads_bytes(0) || table.reads_bytes(1)) return runs;
    if (table.context(0) != nullptr || table.context(1) != nullptr) return runs;
    std::array<Front, 256> fronts{};
    for (std::uint32_t a = 0; a < n; ++a) fronts[a].state = state_of(table.transition(0, 1, a));
    for (std::uint32_t a = 0; a < n; ++a) {
        for (std::uint32_t b = 0; b < n && fronts[a].state != 0; ++b) {
            if (state_of(table.transition(0, fronts[a].state, b)) != 0) fronts[a].loops = true;
        }
    }
    std::array<int, SplitRuns::kSingle> kept_of_group;  // -1: no class of the group seen yet
    kept_of_group.fill(-1);
    for (std::uint32_t a = 0; a < n; ++a) {
        if (!is_run(table, fronts, a) || fronts[a].state >= SplitRuns::kSingle) return runs;
        bool kept = table.keeps(0, true);
        if (table.n_steps() == 2) {
            const int second = second_step(table, fronts, a);
            if (second < 0) return runs;
            kept = kept && table.keeps(1, second == 1);
        }
        // A run must be kept or dropped as a whole.
        int& group = kept_of_group[fronts[a].state];
        if (fronts[a].loops && group >= 0 && group != (kept ? 1 : 0)) return runs;
        group = kept ? 1 : 0;
        runs.group_of_class[a] = static_cast<std::uint8_t>(
            fronts[a].state | (fronts[a].loops ? 0U : SplitRuns::kSingle) |
            (kept ? 0U : SplitRuns::kDropped));
    }
    for (std::uint32_t c = 0; c < runs.group_of_ascii.size(); ++c) {
        runs.group_of_ascii[c] =
            runs.group_of_class[table.class_of_ascii(static_cast<unsigned char>(c))];
    }
    runs.usable = true;
    return runs;
}

}  // namespace quire::tokenizer
