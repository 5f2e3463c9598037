#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/text/split_nodes.h"

namespace quire::text {

namespace {

constexpr int kMaxNesting = 24;
constexpr std::uint32_t kMaxRepeat = 256;

using Node = SplitNode;

bool can_be_empty(const Node& node) {
    const auto empty = [](const Node& child) { return can_be_empty(child); };
    switch (node.kind) {
        case Node::Kind::set:
            return false;
        case Node::Kind::look:
            return true;
        case Node::Kind::concat:
            return std::all_of(node.children.begin(), node.children.end(), empty);
        case Node::Kind::alternate:
            return std::any_of(node.children.begin(), node.children.end(), empty);
        case Node::Kind::repeat:
            return node.min == 0 || can_be_empty(node.children.front());
    }
    return true;
}

bool is_ascii_letter(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Adds what the letters of `set` match without regard to case: source: CaseFolding.txt, C and S.
void add_other_case(CodePointSet& set) {
    const CodePointSet given = set;
    for (char32_t lower = 'a'; lower <= 'z'; ++lower) {
        const char32_t upper = lower - 'a' + 'A';
        if (!given.contains(lower) && !given.contains(upper)) continue;
        set.add({lower, lower + 1});
        set.add({upper, upper + 1});
        if (lower == 's') set.add({0x17F, 0x180});    // long s
        if (lower == 'k') set.add({0x212A, 0x212B});  // Kelvin sign
    }
}

class Parser {
  public:
    Parser(std::string_view pattern, const std::string& where) : where_(where), pattern_(pattern) {
        std::string_view rest = pattern;
        while (!rest.empty()) {
            const base::CodePoint c = base::decode_utf8(rest);
            if (!c.valid) fail("bytes that are not UTF-8");
            text_.push_back(c.value);
            rest.remove_prefix(static_cast<std::size_t>(c.length));
        }
    }

    Node parse() {
        const bool ignore_case = take(U"(?i)");
        Node node = alternatives(ignore_case, 0);
        if (!done()) fail("a ')' without '('");
        if (can_be_empty(node)) fail("a pattern that matches empty text");
        return node;
    }

  private:
    bool done() const { return pos_ >= text_.size(); }
    char32_t peek(std::size_t ahead = 0) const {
        return pos_ + ahead < text_.size() ? text_[pos_ + ahead] : 0;
    }
    bool take(char32_t c) {
        if (done() || peek() != c) return false;
        ++pos_;
        return true;
    }
    bool take(std::u32string_view text) {
        if (std::u32string_view(text_).substr(pos_, text.size()) != text) return false;
        pos_ += text.size();
        return true;
    }

    [[noreturn]] void fail(const std::string& construct) const {
        throw Error(ErrorCode::model, where_,
                    "split pattern " + base::quoted(pattern_) + ": " + construct +
                        " is not supported, near character " + std::to_string(pos_ + 1));
    }

    Node alternatives(bool ignore_case, int depth) {
        if (depth > kMaxNesting) fail("nesting this deep");
        Node node{.kind = Node::Kind::alternate, .set = {}, .children = {}};
        do node.children.push_back(sequence(ignore_case, depth));
        while (take(U'|'));
        if (node.children.size() == 1) return std::move(node.children.front());
        return node;
    }

    Node sequence(bool ignore_case, int depth) {
        Node node{.kind = Node::Kind::concat, .set = {}, .children = {}};
        while (!done() && peek() != U'|' && peek() != U')') {
            Node item = repeated(atom(ignore_case, depth));
            if (!node.children.empty()) refuse_ligature(node.children.back(), item);
            node.children.push_back(std::move(item));
        }
        return node;
    }

    // Without regard to case one character such as U+FB06 would match the two letters "st".
    void refuse_ligature(const Node& first, const Node& second) const {
        if (first.kind != Node::Kind::set || second.kind != Node::Kind::set) return;
        if (!first.ignore_case || !second.ignore_case) return;
        const auto follows = [&](char32_t a, std::u32string_view any) {
            return first.set.contains(a) && std::any_of(any.begin(), any.end(), [&](char32_t b) {
                       return second.set.contains(b);
                   });
        };
        if (follows(U'f', U"fil") || follows(U's', U"st")) {
            fail("ff, fi, fl, ss or st without regard to case");
        }
    }

    Node repeated(Node item) {
        std::uint32_t min = 0;
        std::uint32_t max = kUnbounded;
        bool counted = false;
        if (take(U'?')) {
            max = 1;
        } else if (take(U'+')) {
            min = 1;
        } else if (take(U'{')) {
            counted = true;
            min = number();
            max = min;
            if (take(U',')) max = peek() == U'}' ? kUnbounded : number();
            if (!take(U'}') || max < min) fail("this {..}");
        } else if (!take(U'*')) {
            return item;
        }
        if (item.kind == Node::Kind::look) fail("repeated look-ahead");
        bool greedy = true;
        if (peek() == U'?' && !(counted && min == max)) {
            ++pos_;
            greedy = false;
        }
        Node node = repeat(std::move(item), min, max);
        node.greedy = greedy;
        if (greedy && peek() == U'+') {
            ++pos_;
            // Oniguruma reads x{1,3}+ as (?:x{1,3})+.
            node = counted ? repeat(std::move(node), 1, kUnbounded) : possessive(std::move(node));
        }
        if (peek() == U'+' || peek() == U'*' || peek() == U'?' || peek() == U'{') {
            fail("repetition of a repetition");
        }
        return node;
    }

    Node repeat(Node item, std::uint32_t min, std::uint32_t max) const {
        if (max == kUnbounded && can_be_empty(item)) fail("endless repetition of empty text");
        Node node{.kind = Node::Kind::repeat, .min = min, .max = max, .set = {}, .children = {}};
        node.children.push_back(std::move(item));
        return node;
    }

    Node possessive(Node node) const {
        while (node.kind == Node::Kind::concat && node.children.size() == 1) {
            Node only = std::move(node.children.front());
            node = std::move(only);
        }
        if (node.kind == Node::Kind::set) return node;
        if (node.kind != Node::Kind::repeat || !node.greedy ||
            node.children.front().kind != Node::Kind::set) {
            fail("possessive repetition of more than one character");
        }
        node.possessive = true;
        return node;
    }

    std::uint32_t number() {
        std::uint32_t value = 0;
        bool any = false;
        while (peek() >= U'0' && peek() <= U'9') {
            value = value * 10 + (text_[pos_++] - U'0');
            any = true;
            if (value > kMaxRepeat) fail("a count over 256");
        }
        if (!any) fail("{ without a count");
        return value;
    }

    Node atom(bool ignore_case, int depth) {
        if (take(U"(?i:")) return group(true, depth);
        if (take(U"(?:")) return group(ignore_case, depth);
        if (take(U"(?!")) return look(true);
        if (take(U"(?=")) return look(false);
        if (take(U"(?<")) fail("look-behind or a named group");
        if (take(U"(?>")) return possessive(group(ignore_case, depth));
        if (take(U"(?")) fail("this group option");
        if (take(U'(')) return group(ignore_case, depth);
        switch (peek()) {
            case U'^':
            case U'$':
                fail("an anchor");
            case U'*':
            case U'+':
            case U'?':
            case U'{':
                fail("repetition of nothing");
            default:
                break;
        }
        Node node{.kind = Node::Kind::set, .ignore_case = ignore_case, .set = {}, .children = {}};
        node.set = one_code_point(ignore_case);
        return node;
    }

    Node group(bool ignore_case, int depth) {
        Node node = alternatives(ignore_case, depth + 1);
        if (!take(U')')) fail("a '(' without ')'");
        return node;
    }

    Node look(bool negative) {
        Node node{.kind = Node::Kind::look, .at_end = negative, .set = {}, .children = {}};
        node.set = one_code_point(false);
        if (negative) node.set = node.set.complement();
        if (!take(U')')) fail("look-ahead over more than one character");
        return node;
    }

    CodePointSet one_code_point(bool ignore_case) {
        if (done()) fail("the end here");
        if (take(U'[')) return char_class(ignore_case);
        if (take(U'.')) return CodePointSet(U'\n').complement();
        if (peek() == U'\\') {
            if (std::optional<CodePointSet> set = class_escape(ignore_case)) return *set;
        }
        CodePointSet set(literal());
        if (ignore_case) fold(set);
        return set;
    }

    void fold(CodePointSet& set) const {
        for (const CodePointRange& range : set.ranges()) {
            if (range.end > 0x80) fail("a character outside ASCII without regard to case");
        }
        add_other_case(set);
    }

    // \s \S \d \D \p{..} \P{..}; nothing, and nothing taken, when a literal follows.
    std::optional<CodePointSet> class_escape(bool ignore_case) {
        const char32_t kind = peek(1);
        const auto with_sign = [](const CodePointSet& set, bool negative) {
            return negative ? set.complement() : set;
        };
        if (kind == U's' || kind == U'S') {
            pos_ += 2;
            return with_sign(white_space(), kind == U'S');
        }
        if (kind == U'd' || kind == U'D') {
            pos_ += 2;
            return with_sign(*category_set("Nd"), kind == U'D');
        }
        if (kind != U'p' && kind != U'P') return std::nullopt;
        if (ignore_case) fail("\\p without regard to case");
        pos_ += 2;
        if (!take(U'{')) fail("\\p without {..}");
        const bool negative = take(U'^') != (kind == U'P');
        std::string name;
        while (!done() && peek() != U'}') {
            if (peek() >= 0x80) fail("this \\p");
            name.push_back(static_cast<char>(text_[pos_++]));
        }
        if (!take(U'}')) fail("\\p{ without }");
        const std::optional<CodePointSet> set = category_set(name);
        if (!set) fail("\\p{" + name + "}");
        return with_sign(*set, negative);
    }

    // After '['.
    CodePointSet char_class(bool ignore_case) {
        const bool negative = take(U'^');
        CodePointSet set;
        bool literals_only = true;
        if (peek() == U']') fail("']' at the front of a class");
        while (!take(U']')) {
            if (done()) fail("'[' without ']'");
            if (peek() == U'[') fail("a class inside a class");
            if (peek() == U'&' && peek(1) == U'&') fail("&& in a class");
            if (peek() == U'\\') {
                if (std::optional<CodePointSet> inner = class_escape(ignore_case)) {
                    if (peek() == U'-' && peek(1) != U']') fail("a range from a class");
                    set.add(*inner);
                    literals_only = false;
                    continue;
                }
            }
            const char32_t first = literal();
            char32_t last = first;
            if (peek() == U'-' && peek(1) != U']') {
                ++pos_;
                if (peek() == U'[') fail("a range to a class");
                last = literal();
                if (last < first) fail("a range that runs backwards");
            }
            set.add({first, last + 1});
        }
        if (set.empty()) fail("an empty class");
        if (ignore_case) {
            if (literals_only) {
                fold(set);
            } else {
                add_other_case(set);
            }
        }
        return negative ? set.complement() : set;
    }

    char32_t literal() {
        if (done()) fail("the end here");
        const char32_t c = text_[pos_++];
        if (c != U'\\') return c;
        if (done()) fail("a \\ at the end");
        const char32_t escaped = text_[pos_++];
        switch (escaped) {
            case U'n':
                return U'\n';
            case U'r':
                return U'\r';
            case U't':
                return U'\t';
            case U'f':
                return U'\f';
            case U'v':
                return U'\v';
            case U'x':
                return take(U'{') ? hex(1, 6, true) : hex(2, 2, false);
            case U'u':
                return hex(4, 4, false);
            default:
                break;
        }
        if (escaped >= 0x80 || is_ascii_letter(escaped) || (escaped >= U'0' && escaped <= U'9')) {
            std::string name = "\\";
            base::append_utf8(name, escaped);
            fail(name);
        }
        return escaped;
    }

    char32_t hex(int min_digits, int max_digits, bool braced) {
        char32_t value = 0;
        int digits = 0;
        for (; digits < max_digits; ++digits) {
            const char32_t c = peek();
            char32_t digit = 0;
            if (c >= U'0' && c <= U'9') {
                digit = c - U'0';
            } else if (c >= U'a' && c <= U'f') {
                digit = c - U'a' + 10;
            } else if (c >= U'A' && c <= U'F') {
                digit = c - U'A' + 10;
            } else {
                break;
            }
            value = value * 16 + digit;
            ++pos_;
        }
        if (digits < min_digits || (braced && !take(U'}')) || value >= kCodePointEnd) {
            fail("this hexadecimal escape");
        }
        return value;
    }

    const std::string& where_;
    std::string_view pattern_;
    std::u32string text_;
    std::size_t pos_ = 0;
};

}  // namespace

SplitNode parse_split_nodes(std::string_view pattern, const std::string& where) {
    return Parser(pattern, where).parse();
}

}  // namespace quire::text
