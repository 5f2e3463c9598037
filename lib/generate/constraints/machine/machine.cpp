#include "lib/generate/constraints/machine/machine.h"

#include <algorithm>
#include <map>

#include "lib/base/assert.h"
#include "lib/base/error.h"

namespace quire::constraints {

namespace {

// Calls in front of one another, as of nested rules. What is deeper is refused when a constraint is
// made, so this is a mistake of ours.
constexpr std::size_t kMostNested = 256;

}  // namespace

void normalize(Stacks& stacks) {
    std::sort(stacks.begin(), stacks.end());
    stacks.erase(std::unique(stacks.begin(), stacks.end()), stacks.end());
    if (stacks.size() > Machine::kMostStacks) stacks.resize(Machine::kMostStacks);
}

Stack Machine::push(Item item, Stack below) {
    const std::uint64_t key = std::uint64_t{item} << 32 | below;
    const auto [found, is_new] = numbers_.try_emplace(key, static_cast<Stack>(nodes_.size()));
    if (is_new) {
        std::uint64_t rest = sources_[source_of(item)]->rest(local_of(item));
        if (below < kUnknown) rest += nodes_[below].rest;
        nodes_.push_back({item, below, rest});
    }
    return found->second;
}

bool Machine::only_ends(Item item) {
    const Moves moves = sources_[source_of(item)]->moves(local_of(item));
    return moves.ends && moves.arcs.empty() && moves.calls.empty();
}

Machine::Expanded Machine::expanded_from(const Moves& moves) {
    Expanded out;
    out.ends = moves.ends;
    std::vector<std::vector<Outcome>> outcomes(256);
    for (const Arc& arc : moves.arcs) {
        Outcome outcome{arc.next};
        if (arc.then != kNoItem && !only_ends(arc.then)) outcome.insert(outcome.begin(), arc.then);
        for (unsigned byte = arc.lo; byte <= arc.hi; ++byte) outcomes[byte].push_back(outcome);
    }
    for (const Call& call : moves.calls) {
        const Expanded& child = expand(call.child);
        const bool is_last = only_ends(call.then);
        for (unsigned byte = 0; byte < 256; ++byte) {
            for (const Outcome& outcome : child.places[child.place[byte]]) {
                Outcome longer;
                if (!is_last) longer.push_back(call.then);
                longer.insert(longer.end(), outcome.begin(), outcome.end());
                outcomes[byte].push_back(std::move(longer));
            }
        }
        if (!child.ends) continue;
        const Expanded& after = expand(call.then);
        for (unsigned byte = 0; byte < 256; ++byte) {
            const auto& more = after.places[after.place[byte]];
            outcomes[byte].insert(outcomes[byte].end(), more.begin(), more.end());
        }
        if (after.ends) out.ends = true;
    }
    std::map<std::vector<Outcome>, std::uint16_t> known{{{}, 0}};
    out.places.emplace_back();
    for (unsigned byte = 0; byte < 256; ++byte) {
        std::sort(outcomes[byte].begin(), outcomes[byte].end());
        outcomes[byte].erase(std::unique(outcomes[byte].begin(), outcomes[byte].end()),
                             outcomes[byte].end());
        const auto number = static_cast<std::uint16_t>(out.places.size());
        const auto [found, is_new] = known.try_emplace(outcomes[byte], number);
        if (is_new) out.places.push_back(outcomes[byte]);
        out.place[byte] = found->second;
    }
    return out;
}

const Machine::Expanded& Machine::expand(Item item) {
    const std::uint32_t local = local_of(item);
    {
        const auto& list = expanded_[source_of(item)];
        if (local < list.size() && list[local]) return *list[local];
    }
    if (depth_ > kMostNested) {
        throw Error(ErrorCode::usage, "constraint", "expected fewer rules that begin each other");
    }
    ++depth_;
    auto made = std::make_unique<Expanded>(expanded_from(sources_[source_of(item)]->moves(local)));
    --depth_;
    auto& list = expanded_[source_of(item)];
    if (list.size() <= local) list.resize(std::max<std::size_t>(local + 1, list.size() * 3 / 2));
    list[local] = std::move(made);
    return *list[local];
}

void Machine::step(Stack stack, std::uint8_t byte, Stacks& out) {
    const std::uint64_t name = std::uint64_t{stack} << 8 | byte;
    Known& known = known_[(name ^ name >> 14) % kKnown];
    if (known.step == name) {
        if (known.to != kNoStack) out.push_back(known.to);
        return;
    }
    const std::size_t n_before = out.size();
    bool falls_through = false;
    for (;;) {
        const Expanded& here = expand(top(stack));
        const Stack base = nodes_[stack].below;
        // Pushing does not expand other items, so the outcomes stay where they are.
        for (const Outcome& outcome : here.places[here.place[byte]]) {
            Stack made = base;
            for (const Item item : outcome) made = push(item, made);
            out.push_back(made);
        }
        if (!here.ends || base >= kUnknown) break;
        falls_through = true;
        stack = base;
    }
    if (!falls_through && out.size() <= n_before + 1) {
        known = {name, out.size() == n_before ? kNoStack : out.back()};
    }
}

bool Machine::complete(Stack stack) {
    for (Stack at = stack; at < kUnknown; at = below(at)) {
        if (!ends(at)) return false;
    }
    return true;
}

}  // namespace quire::constraints
