#include "lib/generate/constraints/rules/gbnf.h"

#include <algorithm>
#include <array>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

GrammarSource::GrammarSource(std::string_view grammar) {
    const Grammar parsed = parse_grammar(grammar);
    nfa_ = compile_grammar(parsed);
    const std::uint32_t root = root_of(parsed);
    starts_.assign(nfa_.rules.size(), 0);
    intern({nfa_.rules[root].begin}, root);
    for (std::uint32_t rule = 0; rule < nfa_.rules.size(); ++rule) {
        starts_[rule] = intern({nfa_.rules[rule].begin}, rule);
    }
    for (std::uint32_t local = 0; local < entries_.size(); ++local) fill(local);
    numbers_.clear();
}

// The item of these states and those that empty steps lead to.
std::uint32_t GrammarSource::intern(Set states, std::uint32_t rule) {
    std::sort(states.begin(), states.end());
    states.erase(std::unique(states.begin(), states.end()), states.end());
    Set all = states;
    std::vector<bool> seen;
    if (all.size() > 1 || !nfa_.nodes[all.front()].empty.empty()) {
        seen.resize(nfa_.nodes.size());
        for (const auto s : all) seen[s] = true;
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (const auto to : nfa_.nodes[all[i]].empty) {
                if (seen[to]) continue;
                seen[to] = true;
                all.push_back(to);
            }
        }
    }
    std::erase_if(all, [this](ByteNfa::State s) { return nfa_.rest[s] >= ByteNfa::kEndless; });
    std::sort(all.begin(), all.end());
    const auto [found, is_new] =
        numbers_.try_emplace(all, static_cast<std::uint32_t>(entries_.size()));
    if (!is_new) return found->second;
    if (entries_.size() >= kMostItems) {
        throw TooLarge("expected a grammar of at most " + std::to_string(kMostItems) +
                       " sets of places, found more");
    }
    Entry entry;
    entry.states = std::move(all);
    entry.rule = rule;
    entry.rest = ByteNfa::kEndless;
    for (const auto s : entry.states) entry.rest = std::min(entry.rest, nfa_.rest[s]);
    entry.ends = std::binary_search(entry.states.begin(), entry.states.end(), nfa_.rules[rule].end);
    entries_.push_back(std::move(entry));
    return found->second;
}

void GrammarSource::fill(std::uint32_t local) {
    const Set states = entries_[local].states;
    const std::uint32_t rule = entries_[local].rule;
    std::array<Set, 256> to;
    std::map<std::uint32_t, Set> calls;
    const auto lives = [this](ByteNfa::State s) { return nfa_.rest[s] < ByteNfa::kEndless; };
    for (const auto s : states) {
        for (const ByteNfa::Edge& edge : nfa_.nodes[s].edges) {
            if (!lives(edge.to)) continue;
            for (unsigned byte = edge.lo; byte <= edge.hi; ++byte) to[byte].push_back(edge.to);
        }
        for (const ByteNfa::Call& call : nfa_.nodes[s].calls) {
            if (lives(call.to) && lives(nfa_.rules[call.rule].begin)) {
                calls[call.rule].push_back(call.to);
            }
        }
    }
    std::vector<Arc> arcs;
    for (unsigned byte = 0; byte < 256;) {
        unsigned end = byte + 1;
        while (end < 256 && to[end] == to[byte]) ++end;
        if (!to[byte].empty()) {
            arcs.push_back({static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(end - 1),
                            intern(to[byte], rule)});
        }
        byte = end;
    }
    std::vector<LocalCall> made;
    made.reserve(calls.size());
    for (auto& [called, after] : calls) made.push_back({called, intern(std::move(after), rule)});
    entries_[local].arcs = std::move(arcs);
    entries_[local].calls = std::move(made);
}

Moves GrammarSource::moves(std::uint32_t local) {
    const Entry& entry = entries_[local];
    Moves out;
    out.ends = entry.ends;
    for (const Arc& arc : entry.arcs)
        out.arcs.push_back({arc.lo, arc.hi, item_of(number, arc.next)});
    for (const LocalCall& call : entry.calls) {
        out.calls.push_back({item_of(number, starts_[call.rule]), item_of(number, call.then)});
    }
    return out;
}

std::uint32_t GrammarSource::rest(std::uint32_t local) {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(entries_[local].rest, UINT32_MAX));
}

}  // namespace quire::constraints
