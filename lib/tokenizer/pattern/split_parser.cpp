#include <algorithm>
#include <string>
#include <utility>

#include "lib/tokenizer/pattern/split_classes.h"
#include "lib/tokenizer/pattern/split_nodes.h"
#include "lib/tokenizer/pattern/split_scanner.h"

namespace quire::tokenizer {

namespace {

constexpr std::uint32_t kMaxRepeat = 1024;

using Node = SplitNode;
using NodeKind = SplitNode::Kind;

bool is_assertion(const Node& node) {
    return node.kind == NodeKind::next_is || node.kind == NodeKind::last_is ||
           node.kind == NodeKind::ahead;
}

Node made(NodeKind kind, unicode::CodePointSet set = {}) {
    return {.kind = kind, .set = std::move(set), .children = {}};
}

// Matches empty if the neighbor on that side is in the set, or if there is none and `outside`.
Node beside(NodeKind side, unicode::CodePointSet set, bool outside) {
    Node node = made(side, std::move(set));
    node.outside = outside;
    return node;
}

Node both(Node first, Node second) {
    Node node = made(NodeKind::concat);
    node.children.push_back(std::move(first));
    node.children.push_back(std::move(second));
    return node;
}

// \b lies between a word character and another character; the outside of the text counts as the
// latter.
Node word_border(bool negative) {
    const unicode::CodePointSet& inside = word_characters();
    const unicode::CodePointSet outside = inside.complement();
    Node node = made(NodeKind::alternate);
    node.children.push_back(both(beside(NodeKind::last_is, inside, false),
                                 negative ? beside(NodeKind::next_is, inside, false)
                                          : beside(NodeKind::next_is, outside, true)));
    node.children.push_back(both(beside(NodeKind::last_is, outside, true),
                                 negative ? beside(NodeKind::next_is, outside, true)
                                          : beside(NodeKind::next_is, inside, false)));
    return node;
}

class Parser {
  public:
    Parser(std::string_view pattern, const std::string& where) : scanner_(pattern, where) {}

    Node parse() {
        const bool ignore_case = scanner_.take(U"(?i)");
        Node node = alternatives(ignore_case, 0);
        if (!scanner_.done()) scanner_.fail("a ')' without '('");
        return node;
    }

  private:
    Node alternatives(bool ignore_case, int depth) {
        if (depth > kMaxNesting) scanner_.fail("nesting this deep");
        Node node = made(NodeKind::alternate);
        do node.children.push_back(sequence(ignore_case, depth));
        while (scanner_.take(U'|'));
        if (node.children.size() == 1) return std::move(node.children.front());
        return node;
    }

    Node sequence(bool ignore_case, int depth) {
        Node node = made(NodeKind::concat);
        while (!scanner_.done() && scanner_.peek() != U'|' && scanner_.peek() != U')') {
            Node item = repeated(atom(ignore_case, depth));
            if (!node.children.empty()) refuse_ligature(node.children.back(), item);
            node.children.push_back(std::move(item));
        }
        return node;
    }

    // When case is ignored, one character such as U+FB06 would match the two letters "st".
    void refuse_ligature(const Node& first, const Node& second) const {
        if (first.kind != NodeKind::set || second.kind != NodeKind::set) return;
        if (!first.ignore_case || !second.ignore_case) return;
        const auto follows = [&](char32_t a, std::u32string_view any) {
            return first.set.contains(a) && std::any_of(any.begin(), any.end(), [&](char32_t b) {
                       return second.set.contains(b);
                   });
        };
        if (follows(U'f', U"fil") || follows(U's', U"st")) {
            scanner_.fail("ignoring case in ff, fi, fl, ss or st");
        }
    }

    Node repeated(Node item) {
        std::uint32_t min = 0;
        std::uint32_t max = kUnbounded;
        bool counted = false;
        if (scanner_.take(U'?')) {
            max = 1;
        } else if (scanner_.take(U'+')) {
            min = 1;
        } else if (scanner_.take(U'{')) {
            counted = true;
            min = number();
            max = min;
            if (scanner_.take(U',')) max = scanner_.peek() == U'}' ? kUnbounded : number();
            if (!scanner_.take(U'}') || max < min) scanner_.fail("this {..}");
        } else if (!scanner_.take(U'*')) {
            return item;
        }
        if (is_assertion(item)) scanner_.fail("repetition of an assertion");
        bool greedy = true;
        if (scanner_.peek() == U'?' && !(counted && min == max)) {
            scanner_.skip(1);
            greedy = false;
        }
        Node node = repeat(std::move(item), min, max);
        node.greedy = greedy;
        if (greedy && scanner_.take(U'+')) {
            // Oniguruma reads x{1,3}+ as (?:x{1,3})+.
            node = counted ? repeat(std::move(node), 1, kUnbounded) : possessive(std::move(node));
        }
        const char32_t next = scanner_.peek();
        if (next == U'+' || next == U'*' || next == U'?' || next == U'{') {
            scanner_.fail("repetition of a repetition");
        }
        return node;
    }

    Node repeat(Node item, std::uint32_t min, std::uint32_t max) const {
        if (max == kUnbounded && can_be_empty(item)) {
            scanner_.fail("unbounded repetition of empty text");
        }
        Node node = made(NodeKind::repeat);
        node.min = min;
        node.max = max;
        node.children.push_back(std::move(item));
        return node;
    }

    Node possessive(Node node) const {
        while (node.kind == NodeKind::concat && node.children.size() == 1) {
            Node only = std::move(node.children.front());
            node = std::move(only);
        }
        if (node.kind == NodeKind::set) return node;
        if (node.kind != NodeKind::repeat || !node.greedy ||
            node.children.front().kind != NodeKind::set) {
            scanner_.fail("possessive repetition of more than one character");
        }
        node.possessive = true;
        return node;
    }

    std::uint32_t number() {
        std::uint32_t value = 0;
        bool any = false;
        while (scanner_.peek() >= U'0' && scanner_.peek() <= U'9') {
            value = value * 10 + (scanner_.next() - U'0');
            any = true;
            if (value > kMaxRepeat) {
                scanner_.fail("a count over " + std::to_string(kMaxRepeat));
            }
        }
        if (!any) scanner_.fail("{ without a count");
        return value;
    }

    Node atom(bool ignore_case, int depth) {
        if (scanner_.take(U"(?i:")) return group(true, depth);
        if (scanner_.take(U"(?:")) return group(ignore_case, depth);
        if (scanner_.take(U"(?!")) return look_ahead(true, ignore_case, depth);
        if (scanner_.take(U"(?=")) return look_ahead(false, ignore_case, depth);
        if (scanner_.take(U"(?<!")) return look_behind(true, ignore_case, depth);
        if (scanner_.take(U"(?<=")) return look_behind(false, ignore_case, depth);
        if (scanner_.take(U"(?<")) scanner_.fail("a named group");
        if (scanner_.take(U"(?>")) return possessive(group(ignore_case, depth));
        if (scanner_.take(U"(?")) scanner_.fail("this group option");
        if (scanner_.take(U'(')) return group(ignore_case, depth);
        switch (scanner_.peek()) {
            case U'^':
            case U'$':
                return line_border();
            case U'\\':
                return escape(ignore_case);
            case U'*':
            case U'+':
            case U'?':
            case U'{':
                scanner_.fail("repetition of nothing");
            default:
                return code_point(ignore_case);
        }
    }

    Node code_point(bool ignore_case) {
        Node node = made(NodeKind::set, parse_code_points(scanner_, ignore_case));
        node.ignore_case = ignore_case;
        return node;
    }

    // In Oniguruma, $ also matches before each line end, and ^ after one unless the text ends
    // there.
    Node line_border() {
        if (scanner_.next() == U'$')
            return beside(NodeKind::next_is, unicode::CodePointSet(U'\n'), true);
        return both(beside(NodeKind::last_is, unicode::CodePointSet(U'\n'), true),
                    beside(NodeKind::next_is, unicode::CodePointSet().complement(), false));
    }

    // \A \z \Z \b \B, or a single code point.
    Node escape(bool ignore_case) {
        switch (scanner_.peek(1)) {
            case U'A':
                scanner_.skip(2);
                return beside(NodeKind::last_is, {}, true);
            case U'z':
                scanner_.skip(2);
                return beside(NodeKind::next_is, {}, true);
            case U'Z': {
                scanner_.skip(2);
                Node line_end = made(NodeKind::repeat);
                line_end.max = 1;
                line_end.children.push_back(made(NodeKind::set, unicode::CodePointSet(U'\n')));
                Node node = made(NodeKind::ahead);
                node.children.push_back(
                    both(std::move(line_end), beside(NodeKind::next_is, {}, true)));
                return node;
            }
            case U'b':
            case U'B': {
                const bool negative = scanner_.peek(1) == U'B';
                scanner_.skip(2);
                return word_border(negative);
            }
            default:
                return code_point(ignore_case);
        }
    }

    Node group(bool ignore_case, int depth) {
        Node node = alternatives(ignore_case, depth + 1);
        if (!scanner_.take(U')')) scanner_.fail("a '(' without ')'");
        return node;
    }

    // The set of a group that holds exactly one code point; otherwise null.
    static const unicode::CodePointSet* only_set(const Node& node) {
        if (node.kind == NodeKind::set) return &node.set;
        const bool is_one = node.kind == NodeKind::concat && node.children.size() == 1;
        return is_one ? only_set(node.children.front()) : nullptr;
    }

    Node look_ahead(bool negative, bool ignore_case, int depth) {
        Node inside = group(ignore_case, depth);
        if (const unicode::CodePointSet* set = only_set(inside)) {
            return beside(NodeKind::next_is, negative ? set->complement() : *set, negative);
        }
        Node node = made(NodeKind::ahead);
        node.negative = negative;
        node.children.push_back(std::move(inside));
        return node;
    }

    Node look_behind(bool negative, bool ignore_case, int depth) {
        const Node inside = group(ignore_case, depth);
        const unicode::CodePointSet* set = only_set(inside);
        if (set == nullptr) scanner_.fail("look-behind over more than one character");
        return beside(NodeKind::last_is, negative ? set->complement() : *set, negative);
    }

    SplitScanner scanner_;
};

}  // namespace

bool can_be_empty(const SplitNode& node) {
    switch (node.kind) {
        case NodeKind::set:
            return false;
        case NodeKind::next_is:
        case NodeKind::last_is:
        case NodeKind::ahead:
            return true;
        case NodeKind::concat:
            return std::all_of(node.children.begin(), node.children.end(), can_be_empty);
        case NodeKind::alternate:
            return std::any_of(node.children.begin(), node.children.end(), can_be_empty);
        case NodeKind::repeat:
            return node.min == 0 || can_be_empty(node.children.front());
    }
    return true;
}

SplitNode parse_split_nodes(std::string_view pattern, const std::string& where) {
    return Parser(pattern, where).parse();
}

}  // namespace quire::tokenizer
