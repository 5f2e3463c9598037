#include "lib/generate/constraints/text/char_dfa.h"

#include <algorithm>
#include <map>
#include <queue>

#include "lib/base/assert.h"

namespace quire::constraints {

namespace {

constexpr char32_t kSurrogateBegin = 0xD800;
constexpr char32_t kSurrogateEnd = 0xE000;

}  // namespace

std::uint32_t n_bytes(char32_t c, Spelling spelling) noexcept {
    if (spelling == Spelling::json) {
        if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t' || c == '\b' ||
            c == '\f') {
            return 2;
        }
        if (c < 0x20) return 6;
    }
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

std::span<const CharDfa::Arc> CharDfa::arcs_in(std::uint32_t state, char32_t lo,
                                               char32_t hi) const noexcept {
    const auto all = arcs(state);
    const auto first =
        std::partition_point(all.begin(), all.end(), [lo](const Arc& arc) { return arc.hi < lo; });
    const auto last =
        std::partition_point(first, all.end(), [hi](const Arc& arc) { return arc.lo <= hi; });
    return {first, last};
}

std::uint32_t CharDfa::next(std::uint32_t state, char32_t c) const noexcept {
    const auto found = arcs_in(state, c, c);
    return found.empty() ? kDead : found.front().next;
}

bool CharDfa::accepts(std::u32string_view text) const noexcept {
    if (empty()) return false;
    std::uint32_t state = 0;
    for (const char32_t c : text) {
        state = next(state, c);
        if (state == kDead) return false;
    }
    return labels_[state] != kRejects;
}

bool CharDfa::is_free(std::uint32_t state) const noexcept {
    const auto all = arcs(state);
    return labels_[state] != kRejects && all.size() == 2 && all[0].next == state &&
           all[1].next == state && all[0].lo == 0 && all[0].hi + 1 == kSurrogateBegin &&
           all[1].lo == kSurrogateEnd && all[1].hi + 1 == unicode::kCodePointEnd;
}

void CharDfa::add_state(std::span<const Arc> arcs, std::int32_t label) {
    if (labels_.size() >= kMostStates) {
        throw TooLarge("expected at most " + std::to_string(kMostStates) +
                       " states of a text, found more");
    }
    const std::size_t begin = arcs_.size();
    const auto put = [&](char32_t lo, char32_t hi, std::uint32_t next) {
        if (lo > hi) return;
        Arc* last = arcs_.size() > begin ? &arcs_.back() : nullptr;
        if (last != nullptr && last->next == next && last->hi + 1 == lo) {
            last->hi = hi;
        } else {
            arcs_.push_back({lo, hi, next});
        }
    };
    for (const Arc& arc : arcs) {
        if (arc.next == kDead) continue;
        put(arc.lo, std::min<char32_t>(arc.hi, kSurrogateBegin - 1), arc.next);
        put(std::max(arc.lo, kSurrogateEnd), arc.hi, arc.next);
    }
    begins_.push_back(arcs_.size());
    labels_.push_back(label);
}

void CharDfa::trim() {
    const std::size_t n = n_states();
    // Backwards from the states that accept.
    std::vector<std::vector<std::uint32_t>> before(n);
    for (std::uint32_t s = 0; s < n; ++s) {
        for (const Arc& arc : arcs(s)) before[arc.next].push_back(s);
    }
    std::vector<bool> lives(n);
    std::vector<std::uint32_t> open;
    for (std::uint32_t s = 0; s < n; ++s) {
        if (labels_[s] == kRejects) continue;
        lives[s] = true;
        open.push_back(s);
    }
    while (!open.empty()) {
        const std::uint32_t s = open.back();
        open.pop_back();
        for (const std::uint32_t b : before[s]) {
            if (lives[b]) continue;
            lives[b] = true;
            open.push_back(b);
        }
    }
    CharDfa out;
    if (n > 0 && lives[0]) {
        std::vector<std::uint32_t> number(n, kDead);
        std::vector<std::uint32_t> order{0};
        number[0] = 0;
        for (std::size_t i = 0; i < order.size(); ++i) {
            std::vector<Arc> kept;
            for (Arc arc : arcs(order[i])) {
                if (!lives[arc.next]) continue;
                if (number[arc.next] == kDead) {
                    number[arc.next] = static_cast<std::uint32_t>(order.size());
                    order.push_back(arc.next);
                }
                arc.next = number[arc.next];
                kept.push_back(arc);
            }
            out.add_state(kept, labels_[order[i]]);
        }
    }
    *this = std::move(out);
}

std::vector<std::uint32_t> CharDfa::shortest(Spelling spelling) const {
    struct Edge {
        std::uint32_t from;
        std::uint32_t cost;
    };
    // The shortest character of a range begins it, or one of these.
    constexpr char32_t kShorter[] = {0x20, 0x23, 0x5D, 0x80, 0x800, 0x10000};
    std::vector<std::vector<Edge>> before(n_states());
    for (std::uint32_t s = 0; s < n_states(); ++s) {
        for (const Arc& arc : arcs(s)) {
            std::uint32_t cost = n_bytes(arc.lo, spelling);
            for (char32_t c = arc.lo; c <= arc.hi && c <= arc.lo + 0x21; ++c) {
                cost = std::min(cost, n_bytes(c, spelling));
            }
            for (const char32_t c : kShorter) {
                if (arc.lo <= c && c <= arc.hi) cost = std::min(cost, n_bytes(c, spelling));
            }
            before[arc.next].push_back({s, cost});
        }
    }
    using Entry = std::pair<std::uint32_t, std::uint32_t>;  // cost, state
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
    std::vector<std::uint32_t> cost(n_states(), UINT32_MAX);
    for (std::uint32_t s = 0; s < n_states(); ++s) {
        if (labels_[s] == kRejects) continue;
        cost[s] = 0;
        open.emplace(0, s);
    }
    while (!open.empty()) {
        const auto [c, s] = open.top();
        open.pop();
        if (c > cost[s]) continue;
        for (const Edge& edge : before[s]) {
            if (c + edge.cost >= cost[edge.from]) continue;
            cost[edge.from] = c + edge.cost;
            open.emplace(cost[edge.from], edge.from);
        }
    }
    return cost;
}

CharDfa CharDfa::any() {
    CharDfa out;
    const Arc all{0, unicode::kCodePointEnd - 1, 0};
    out.add_state({&all, 1}, 0);
    return out;
}

CharDfa CharDfa::of(std::span<const std::u32string> texts, std::int32_t first_label,
                    bool same_label) {
    std::vector<std::map<char32_t, std::uint32_t>> next(1);
    std::vector<std::int32_t> labels{kRejects};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        std::uint32_t state = 0;
        for (const char32_t c : texts[i]) {
            const auto fresh = static_cast<std::uint32_t>(next.size());
            const auto [found, is_new] = next[state].try_emplace(c, fresh);
            state = found->second;
            if (!is_new) continue;
            next.emplace_back();
            labels.push_back(kRejects);
        }
        labels[state] = first_label + (same_label ? 0 : static_cast<std::int32_t>(i));
    }
    CharDfa out;
    for (std::size_t s = 0; s < next.size(); ++s) {
        std::vector<Arc> arcs;
        for (const auto& [c, to] : next[s]) arcs.push_back({c, c, to});
        out.add_state(arcs, labels[s]);
    }
    out.trim();
    return out;
}

namespace {

using States = std::vector<std::uint32_t>;

// The ranges of characters within which no part changes its arc, with where they lead.
void common_arcs(const Product& product, const States& at,
                 const std::function<void(char32_t, char32_t, const States&)>& found) {
    std::vector<char32_t> cuts{0};
    for (std::size_t i = 0; i < at.size(); ++i) {
        if (at[i] == kDead) continue;
        for (const CharDfa::Arc& arc : product.parts[i]->arcs(at[i])) {
            cuts.push_back(arc.lo);
            cuts.push_back(arc.hi + 1);
        }
    }
    std::sort(cuts.begin(), cuts.end());
    cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
    cuts.push_back(unicode::kCodePointEnd);
    States to(at.size());
    for (std::size_t k = 0; k + 1 < cuts.size(); ++k) {
        if (cuts[k] >= unicode::kCodePointEnd) break;
        bool any = false;
        for (std::size_t i = 0; i < at.size(); ++i) {
            to[i] = at[i] == kDead ? kDead : product.parts[i]->next(at[i], cuts[k]);
            any = any || to[i] != kDead;
        }
        for (std::size_t i = 0; i < product.n_needed; ++i) any = any && to[i] != kDead;
        if (any) found(cuts[k], std::min<char32_t>(cuts[k + 1], unicode::kCodePointEnd) - 1, to);
    }
}

}  // namespace

CharDfa run(const Product& product) {
    States start;
    for (const CharDfa* part : product.parts) start.push_back(part->empty() ? kDead : 0);
    std::map<States, std::uint32_t> numbers{{start, 0}};
    std::vector<States> order{start};
    CharDfa out;
    std::vector<std::int32_t> labels(start.size());
    for (std::size_t n = 0; n < order.size(); ++n) {
        const States at = order[n];
        std::vector<CharDfa::Arc> arcs;
        common_arcs(product, at, [&](char32_t lo, char32_t hi, const States& to) {
            const auto fresh = static_cast<std::uint32_t>(order.size());
            const auto [found, is_new] = numbers.try_emplace(to, fresh);
            if (is_new) order.push_back(to);
            arcs.push_back({lo, hi, found->second});
        });
        for (std::size_t i = 0; i < at.size(); ++i) {
            labels[i] = at[i] == kDead ? CharDfa::kRejects : product.parts[i]->label(at[i]);
        }
        out.add_state(arcs, product.label(labels));
    }
    out.trim();
    return out;
}

CharDfa both(const CharDfa& a, const CharDfa& b) {
    return run({{&a, &b},
                [](std::span<const std::int32_t> labels) {
                    return labels[1] == CharDfa::kRejects ? CharDfa::kRejects : labels[0];
                },
                2});
}

CharDfa either(const CharDfa& a, const CharDfa& b) {
    return run({{&a, &b}, [](std::span<const std::int32_t> labels) {
                    return labels[0] == CharDfa::kRejects ? labels[1] : labels[0];
                }});
}

CharDfa without(const CharDfa& all, const CharDfa& some) {
    return run({{&all, &some},
                [](std::span<const std::int32_t> labels) {
                    return labels[1] == CharDfa::kRejects ? labels[0] : CharDfa::kRejects;
                },
                1});
}

}  // namespace quire::constraints
