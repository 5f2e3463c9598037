#include "lib/generate/constraints/rules/byte_nfa.h"

#include <algorithm>
#include <array>
#include <functional>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

using Kind = GrammarPart::Kind;
using State = ByteNfa::State;

// Larger rules are called.
constexpr std::uint64_t kSmall = 64;

// What is known of the rules before they are compiled.
struct Facts {
    std::vector<bool> nullable;  // by rule
    std::vector<std::uint64_t>
        size;  // about so many states if put in place; UINT64_MAX: calls itself
};

class Analysis {
  public:
    explicit Analysis(const Grammar& grammar) : grammar_(grammar) {}

    Facts run() {
        facts_.nullable.assign(grammar_.rules.size(), false);
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t r = 0; r < grammar_.rules.size(); ++r) {
                if (facts_.nullable[r] || !nullable(grammar_.rules[r].body)) continue;
                facts_.nullable[r] = changed = true;
            }
        }
        refuse_left_recursion();
        facts_.size.assign(grammar_.rules.size(), 0);
        open_.assign(grammar_.rules.size(), 0);
        for (std::uint32_t r = 0; r < grammar_.rules.size(); ++r) size_of_rule(r, 0);
        return std::move(facts_);
    }

  private:
    const GrammarPart& part(std::uint32_t i) const { return grammar_.parts[i]; }

    bool nullable(std::uint32_t i) const {
        const GrammarPart& one = part(i);
        const auto is = [this](std::uint32_t child) { return nullable(child); };
        switch (one.kind) {
            case Kind::set:
                return false;
            case Kind::call:
                return facts_.nullable[one.rule];
            case Kind::sequence:
                return std::all_of(one.children.begin(), one.children.end(), is);
            case Kind::choice:
                return std::any_of(one.children.begin(), one.children.end(), is);
            case Kind::repeat:
                return one.min == 0 || is(one.children.front());
        }
        return false;
    }

    // The rules that a part may begin with.
    void firsts(std::uint32_t i, std::vector<std::uint32_t>& out) const {
        const GrammarPart& one = part(i);
        if (one.kind == Kind::call) out.push_back(one.rule);
        for (const std::uint32_t child : one.children) {
            firsts(child, out);
            if (one.kind == Kind::sequence && !nullable(child)) return;
        }
    }

    void refuse_left_recursion() const {
        const std::size_t n = grammar_.rules.size();
        std::vector<std::vector<std::uint32_t>> first(n);
        for (std::size_t r = 0; r < n; ++r) firsts(grammar_.rules[r].body, first[r]);
        std::vector<int> mark(n, 0);  // 1: open, 2: done
        struct Open {
            std::uint32_t rule;
            std::size_t next;
        };
        for (std::uint32_t r = 0; r < n; ++r) {
            if (mark[r] != 0) continue;
            std::vector<Open> open{{r, 0}};
            mark[r] = 1;
            while (!open.empty()) {
                Open& top = open.back();
                if (top.next == first[top.rule].size()) {
                    mark[top.rule] = 2;
                    open.pop_back();
                    continue;
                }
                const std::uint32_t to = first[top.rule][top.next++];
                if (mark[to] == 1) {
                    throw Unusable("line " + std::to_string(grammar_.rules[to].line) +
                                   ": the rule " + base::quoted(grammar_.rules[to].name) +
                                   " begins with itself (left recursion), which is not supported");
                }
                if (mark[to] == 2) continue;
                mark[to] = 1;
                open.push_back({to, 0});
            }
        }
    }

    std::uint64_t size_of_part(std::uint32_t i, int depth) {
        const GrammarPart& one = part(i);
        if (one.kind == Kind::call) return size_of_rule(one.rule, depth);
        std::uint64_t sum = one.kind == Kind::set ? one.set.ranges().size() * 4 : 1;
        for (const std::uint32_t child : one.children) {
            const std::uint64_t more = size_of_part(child, depth);
            if (more > kSmall * 100) return UINT64_MAX;
            sum += more;
        }
        const std::uint64_t times = one.kind == Kind::repeat ? one.max.value_or(one.min + 1) : 1;
        return std::min<std::uint64_t>(sum * std::max<std::uint64_t>(times, 1), kSmall * 1000);
    }

    std::uint64_t size_of_rule(std::uint32_t rule, int depth) {
        constexpr int kDeepest = 100;
        if (facts_.size[rule] != 0) return facts_.size[rule];
        if (open_[rule] != 0 || depth > kDeepest) return UINT64_MAX;
        open_[rule] = 1;
        const std::uint64_t size = size_of_part(grammar_.rules[rule].body, depth + 1);
        open_[rule] = 0;
        facts_.size[rule] = std::max<std::uint64_t>(size, 1);
        return facts_.size[rule];
    }

    const Grammar& grammar_;
    Facts facts_;
    std::vector<int> open_;
};

class Compiler {
  public:
    Compiler(const Grammar& grammar, Facts facts) : grammar_(grammar), facts_(std::move(facts)) {}

    ByteNfa compile() {
        for (std::size_t r = 0; r < grammar_.rules.size(); ++r) {
            const State begin = add();
            out_.rules.push_back({begin, begin});
        }
        for (std::size_t r = 0; r < grammar_.rules.size(); ++r) {
            const State end = add();
            out_.rules[r].end = end;
            link(build(grammar_.rules[r].body, out_.rules[r].begin), end);
        }
        find_rest();
        const std::uint32_t root = root_of(grammar_);
        if (out_.rest[out_.rules[root].begin] >= ByteNfa::kEndless) {
            throw Unusable("the rule \"root\" has no end: every text goes on for ever");
        }
        return std::move(out_);
    }

  private:
    State add() {
        if (out_.nodes.size() >= ByteNfa::kMostStates) {
            throw TooLarge("expected a grammar of at most " + std::to_string(ByteNfa::kMostStates) +
                           " states, found more");
        }
        out_.nodes.emplace_back();
        return static_cast<State>(out_.nodes.size() - 1);
    }
    void link(State from, State to) { out_.nodes[from].empty.push_back(to); }
    void link(State from, State to, std::uint8_t lo, std::uint8_t hi) {
        out_.nodes[from].edges.push_back({lo, hi, to});
    }

    // Characters of n bytes, from the bytes lo to the bytes hi.
    void add_bytes(State from, State to, std::string_view lo, std::string_view hi) {
        const auto first = static_cast<std::uint8_t>(lo[0]);
        const auto last = static_cast<std::uint8_t>(hi[0]);
        if (lo.size() == 1) return link(from, to, first, last);
        if (first == last) {
            const State next = add();
            link(from, next, first, last);
            return add_bytes(next, to, lo.substr(1), hi.substr(1));
        }
        const std::string least(lo.size() - 1, '\x80');
        const std::string most(lo.size() - 1, '\xBF');
        unsigned begin = first;
        unsigned end = last;
        if (lo.substr(1) != least) {
            add_bytes(from, to, lo, std::string(1, lo[0]) + most);
            ++begin;
        }
        if (hi.substr(1) != most) {
            add_bytes(from, to, std::string(1, hi[0]) + least, hi);
            --end;
        }
        if (begin > end) return;
        State next = add();
        link(from, next, static_cast<std::uint8_t>(begin), static_cast<std::uint8_t>(end));
        for (std::size_t i = 1; i + 1 < lo.size(); ++i) {
            const State after = add();
            link(next, after, 0x80, 0xBF);
            next = after;
        }
        link(next, to, 0x80, 0xBF);
    }

    void add_set(State from, State to, const unicode::CodePointSet& set) {
        constexpr std::pair<char32_t, char32_t> kLengths[] = {
            {0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, 0x10FFFF}};
        for (const unicode::CodePointRange& range : set.ranges()) {
            for (const auto& [low, high] : kLengths) {
                const char32_t lo = std::max(range.begin, low);
                const char32_t hi = std::min<char32_t>(range.end - 1, high);
                if (lo > hi) continue;
                std::string first;
                std::string last;
                base::append_utf8(first, lo);
                base::append_utf8(last, hi);
                add_bytes(from, to, first, last);
            }
        }
    }

    // Appends a part behind `from`; returns its end.
    State build(std::uint32_t i, State from) {
        const GrammarPart& one = grammar_.parts[i];
        switch (one.kind) {
            case Kind::set: {
                const State to = add();
                add_set(from, to, one.set);
                return to;
            }
            case Kind::call: {
                if (facts_.size[one.rule] <= kSmall)
                    return build(grammar_.rules[one.rule].body, from);
                const State to = add();
                out_.nodes[from].calls.push_back({one.rule, to});
                return to;
            }
            case Kind::sequence:
                for (const std::uint32_t child : one.children) from = build(child, from);
                return from;
            case Kind::choice: {
                const State to = add();
                for (const std::uint32_t child : one.children) {
                    const State begin = add();
                    link(from, begin);
                    link(build(child, begin), to);
                }
                return to;
            }
            case Kind::repeat:
                return build_repeat(one, from);
        }
        return from;
    }

    State build_repeat(const GrammarPart& one, State from) {
        const std::uint32_t child = one.children.front();
        for (std::uint32_t k = 0; k < one.min; ++k) from = build(child, from);
        const State to = add();
        if (!one.max) {
            const State loop = add();
            link(from, loop);
            link(build(child, loop), loop);
            link(loop, to);
            return to;
        }
        for (std::uint32_t k = one.min; k < *one.max; ++k) {
            link(from, to);
            const State begin = add();
            link(from, begin);
            from = build(child, begin);
        }
        link(from, to);
        return to;
    }

    // Rounds until nothing becomes shorter; states are made from front to back.
    void find_rest() {
        out_.rest.assign(out_.nodes.size(), ByteNfa::kEndless);
        for (const ByteNfa::Rule& rule : out_.rules) out_.rest[rule.end] = 0;
        for (bool changed = true; changed;) {
            changed = false;
            for (std::size_t s = out_.nodes.size(); s-- > 0;) {
                std::uint64_t best = out_.rest[s];
                const ByteNfa::Node& node = out_.nodes[s];
                for (const State to : node.empty) best = std::min(best, out_.rest[to]);
                for (const auto& edge : node.edges) best = std::min(best, out_.rest[edge.to] + 1);
                for (const auto& call : node.calls) {
                    best =
                        std::min(best, out_.rest[call.to] + out_.rest[out_.rules[call.rule].begin]);
                }
                if (best >= out_.rest[s]) continue;
                out_.rest[s] = best;
                changed = true;
            }
        }
    }

    const Grammar& grammar_;
    Facts facts_;
    ByteNfa out_;
};

}  // namespace

ByteNfa compile_grammar(const Grammar& grammar) {
    return Compiler(grammar, Analysis(grammar).run()).compile();
}

}  // namespace quire::constraints
