#include "lib/generate/constraints/text/regex.h"

#include <optional>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/generate/constraints/text/nfa.h"
#include "lib/generate/constraints/text/regex_classes.h"

namespace quire::constraints {

namespace {

using unicode::CodePointSet;

constexpr std::uint32_t kMostRepeats = 10'000;
constexpr int kMostDepth = 200;

// A part of the automaton: texts lead from `begin` to `end`.
struct Part {
    Nfa::State begin;
    Nfa::State end;
};

// Reads a pattern and builds its automaton at once. A part that is repeated is read again.
class PatternReader {
  public:
    explicit PatternReader(std::u32string_view pattern) : text_(pattern) {}

    CharDfa build(Match match) {
        const Part all = alternatives();
        if (at_ < text_.size()) fail("expected no ) without (");
        const Nfa::State start = nfa_.add();
        const Nfa::State accept = nfa_.add();
        if (match == Match::search) {
            const CodePointSet any = CodePointSet().complement();
            // A loop before and after; ^ and $ are crossed only where no character is beside.
            const Nfa::State before = nfa_.add();
            const Nfa::State after = nfa_.add();
            nfa_.link(start, all.begin);
            nfa_.link(start, before, any);
            nfa_.link(before, before, any);
            nfa_.link(before, all.begin);
            nfa_.link(all.end, accept);
            nfa_.link(all.end, after, any);
            nfa_.link(after, after, any);
            nfa_.link(after, accept);
        } else {
            nfa_.link(start, all.begin);
            nfa_.link(all.end, accept);
        }
        return nfa_.determinize(start, accept);
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Unusable(what + " at character " + std::to_string(at_ + 1) + " of the pattern");
    }
    bool more() const noexcept { return at_ < text_.size(); }
    char32_t peek() const noexcept { return more() ? text_[at_] : 0; }
    bool take(char32_t c) {
        if (!more() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take(std::u32string_view text) {
        if (!text_.substr(at_).starts_with(text)) return false;
        at_ += text.size();
        return true;
    }

    Part alternatives() {
        if (++depth_ > kMostDepth) fail("expected fewer groups inside each other");
        Part first = sequence();
        if (peek() == '|') {
            const Part all{nfa_.add(), nfa_.add()};
            nfa_.link(all.begin, first.begin);
            nfa_.link(first.end, all.end);
            while (take('|')) {
                const Part next = sequence();
                nfa_.link(all.begin, next.begin);
                nfa_.link(next.end, all.end);
            }
            first = all;
        }
        --depth_;
        return first;
    }

    Part sequence() {
        Part all{nfa_.add(), 0};
        all.end = all.begin;
        while (more() && peek() != '|' && peek() != ')') {
            const Part next = repeated();
            nfa_.link(all.end, next.begin);
            all.end = next.end;
        }
        return all;
    }

    struct Repeats {
        std::uint32_t low = 1;
        std::optional<std::uint32_t> high = 1;
    };

    std::optional<Repeats> repeats() {
        std::optional<Repeats> out;
        if (take('*'))
            out = Repeats{0, std::nullopt};
        else if (take('+'))
            out = Repeats{1, std::nullopt};
        else if (take('?'))
            out = Repeats{0, 1};
        else if (peek() == '{')
            out = braces();
        if (out) take('?');  // lazy: the same texts
        return out;
    }

    std::uint32_t number() {
        if (peek() < '0' || peek() > '9') fail("expected a number");
        std::uint64_t value = 0;
        while (peek() >= '0' && peek() <= '9') {
            value = std::min<std::uint64_t>(value * 10 + (text_[at_++] - '0'), UINT32_MAX);
        }
        if (value > kMostRepeats) {
            fail("expected at most " + std::to_string(kMostRepeats) + " repetitions");
        }
        return static_cast<std::uint32_t>(value);
    }

    Repeats braces() {
        take('{');
        Repeats out;
        out.low = number();
        out.high = out.low;
        if (take(',')) {
            out.high = std::nullopt;
            if (peek() != '}') out.high = number();
        }
        if (!take('}')) fail("expected }");
        if (out.high && *out.high < out.low) fail("expected repetitions in order");
        return out;
    }

    Part repeated() {
        const std::size_t begin = at_;
        Part first = atom();
        const std::size_t end = at_;
        const auto times = repeats();
        if (!times) return first;
        const std::size_t after = at_;
        const auto again = [&] {
            at_ = begin;
            const Part part = atom();
            if (at_ != end) fail("expected the same part again");
            return part;
        };
        const Part all{nfa_.add(), nfa_.add()};
        Nfa::State from = all.begin;
        bool used = false;
        const auto next = [&] {
            const Part part = used ? again() : first;
            used = true;
            nfa_.link(from, part.begin);
            return part;
        };
        for (std::uint32_t i = 0; i < times->low; ++i) from = next().end;
        if (times->high) {
            for (std::uint32_t i = times->low; i < *times->high; ++i) {
                nfa_.link(from, all.end);
                from = next().end;
            }
        } else {
            const Nfa::State loop = nfa_.add();
            nfa_.link(from, loop);
            from = loop;
            nfa_.link(next().end, loop);
        }
        nfa_.link(from, all.end);
        at_ = after;
        return all;
    }

    Part of_set(const CodePointSet& set) {
        const Part part{nfa_.add(), nfa_.add()};
        nfa_.link(part.begin, part.end, set);
        return part;
    }

    Part of_place(Nfa::When when) {
        const Part part{nfa_.add(), nfa_.add()};
        nfa_.link(part.begin, part.end, when);
        return part;
    }

    Part group() {
        for (const std::u32string_view look : {U"?=", U"?!", U"?<=", U"?<!"}) {
            if (take(look)) fail("looking ahead or behind is not supported, found");
        }
        if (take(U"?<")) {
            while (more() && peek() != '>') ++at_;
            if (!take('>')) fail("expected >");
        } else if (!take(U"?:") && peek() == '?') {
            fail("expected a group without flags");
        }
        const Part part = alternatives();
        if (!take(')')) fail("expected )");
        return part;
    }

    Part atom() {
        const char32_t c = text_[at_++];
        switch (c) {
            case '(':
                return group();
            case '[':
                return of_set(bracket());
            case '.':
                return of_set(dot_set());
            case '^':
                return of_place(Nfa::When::begin);
            case '$':
                return of_place(Nfa::When::end);
            case '\\':
                return of_set(escape(false));
            case '*':
            case '+':
            case '?':
            case '{':
                --at_;
                fail("expected something to repeat");
            default:
                return of_set(CodePointSet(c));
        }
    }

    char32_t hex(std::size_t n_digits) {
        char32_t value = 0;
        for (std::size_t i = 0; i < n_digits; ++i) {
            const int digit = more() ? base::hex_digit(text_[at_++]) : -1;
            if (digit < 0) fail("expected a hexadecimal digit");
            value = value * 16 + static_cast<char32_t>(digit);
        }
        return value;
    }

    char32_t unicode_escape() {
        if (take('{')) {
            char32_t value = 0;
            while (more() && peek() != '}' && value < unicode::kCodePointEnd) {
                value = value * 16 + hex(1);
            }
            if (!take('}') || value >= unicode::kCodePointEnd) fail("expected a code point");
            return value;
        }
        const char32_t first = hex(4);
        if (first < 0xD800 || first > 0xDBFF || !take(U"\\u")) return first;
        const char32_t second = hex(4);
        if (second < 0xDC00 || second > 0xDFFF) fail("expected the second half of a character");
        return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    }

    // After the backslash. Sets of one character or of several.
    CodePointSet escape(bool in_brackets) {
        if (!more()) fail("expected a character after \\");
        const char32_t c = text_[at_++];
        switch (c) {
            case 'd':
            case 'w':
            case 's':
                return shorthand_set(c);
            case 'D':
            case 'W':
            case 'S':
                return shorthand_set(c | 0x20).complement();
            case 'p':
            case 'P':
                return property(c == 'P');
            case 't':
                return CodePointSet('\t');
            case 'n':
                return CodePointSet('\n');
            case 'r':
                return CodePointSet('\r');
            case 'f':
                return CodePointSet('\f');
            case 'v':
                return CodePointSet('\v');
            case 'x':
                return CodePointSet(hex(2));
            case 'u':
                return CodePointSet(unicode_escape());
            case 'c':
                if ((peek() | 0x20) < 'a' || (peek() | 0x20) > 'z') fail("expected a letter");
                return CodePointSet(text_[at_++] & 0x1F);
            case 'b':
                if (in_brackets) return CodePointSet('\b');
                fail("a boundary of words is not supported, found \\b");
            case 'B':
                fail("a boundary of words is not supported, found \\B");
            case 'k':
                fail("a back reference is not supported, found \\k");
            default:
                break;
        }
        if (c == '0' && (peek() < '0' || peek() > '9')) return CodePointSet(0);
        if (c >= '0' && c <= '9') fail("a back reference is not supported, found a digit");
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') fail("expected a known escape");
        return CodePointSet(c);
    }

    CodePointSet property(bool inverted) {
        std::string name;
        if (!take('{')) fail("expected {");
        while (more() && peek() != '}') base::append_utf8(name, text_[at_++]);
        if (!take('}')) fail("expected }");
        const CodePointSet set = named_set(name);
        return inverted ? set.complement() : set;
    }

    static std::optional<char32_t> only(const CodePointSet& set) {
        if (set.ranges().size() != 1) return std::nullopt;
        const auto& range = set.ranges().front();
        if (range.end != range.begin + 1) return std::nullopt;
        return range.begin;
    }

    CodePointSet bracket() {
        const bool inverted = take('^');
        CodePointSet set;
        while (more() && peek() != ']') {
            const CodePointSet low = member();
            if (peek() != '-' || at_ + 1 >= text_.size() || text_[at_ + 1] == ']') {
                set.add(low);
                continue;
            }
            take('-');
            const auto first = only(low);
            const auto last = only(member());
            if (!first || !last || *first > *last) fail("expected a range of characters");
            set.add({*first, *last + 1});
        }
        if (!take(']')) fail("expected ]");
        return inverted ? set.complement() : set;
    }

    CodePointSet member() {
        if (take('\\')) return escape(true);
        return CodePointSet(text_[at_++]);
    }

    std::u32string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    Nfa nfa_;
};

}  // namespace

std::u32string code_points(std::string_view text) {
    std::u32string out;
    while (!text.empty()) {
        const base::CodePoint c = base::decode_utf8(text);
        if (!c.valid) throw Unusable("expected UTF-8, found other bytes");
        out += c.value;
        text.remove_prefix(static_cast<std::size_t>(c.length));
    }
    return out;
}

CharDfa regex_dfa(std::string_view pattern, Match match) {
    const std::u32string text = code_points(pattern);
    return PatternReader(text).build(match);
}

}  // namespace quire::constraints
