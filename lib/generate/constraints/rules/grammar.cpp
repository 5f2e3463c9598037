#include "lib/generate/constraints/rules/grammar.h"

#include <algorithm>
#include <map>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

using unicode::CodePointSet;
using Kind = GrammarPart::Kind;

constexpr int kMostGroups = 200;

bool is_name(char32_t c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(code_points(text)) {}

    Grammar parse() {
        for (skip(true); more(); skip(true)) {
            const std::size_t line = line_;
            const std::uint32_t rule = named(name());
            skip(false);
            if (!take(U"::=")) fail("expected ::=");
            skip(true);
            if (out_.rules[rule].defined) {
                fail("the rule " + base::quoted(out_.rules[rule].name) + " is defined twice");
            }
            const std::uint32_t body = choice(false);
            out_.rules[rule].body = body;
            out_.rules[rule].defined = true;
            out_.rules[rule].line = line;
            if (more() && peek() != '\n') fail("expected the end of the line");
        }
        for (const Grammar::Rule& rule : out_.rules) {
            if (!rule.defined) {
                throw Unusable("the rule " + base::quoted(rule.name) + " is not defined");
            }
        }
        root_of(out_);
        return std::move(out_);
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Unusable("line " + std::to_string(line_) + ": " + what);
    }
    bool more() const noexcept { return at_ < text_.size(); }
    char32_t peek() const noexcept { return more() ? text_[at_] : 0; }
    bool take(std::u32string_view token) {
        if (!std::u32string_view(text_).substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    // White space and comments; lines: also line ends.
    void skip(bool lines) {
        while (more()) {
            const char32_t c = peek();
            if (c == '#') {
                while (more() && peek() != '\n') ++at_;
            } else if (c == ' ' || c == '\t' || c == '\r' || (lines && c == '\n')) {
                line_ += c == '\n' ? 1 : 0;
                ++at_;
            } else {
                return;
            }
        }
    }
    // Whether a line that begins with | goes on with the rule.
    bool continues_below() {
        const std::size_t at = at_;
        const std::size_t line = line_;
        skip(true);
        if (peek() == '|') return true;
        at_ = at;
        line_ = line;
        return false;
    }

    std::string name() {
        std::string out;
        while (more() && is_name(peek())) out += static_cast<char>(text_[at_++]);
        if (out.empty()) fail("expected the name of a rule");
        return out;
    }
    std::uint32_t named(const std::string& name) {
        const auto [found, is_new] =
            rules_.try_emplace(name, static_cast<std::uint32_t>(out_.rules.size()));
        if (is_new) out_.rules.push_back({.name = name});
        return found->second;
    }
    std::uint32_t add(GrammarPart part) {
        if (out_.parts.size() >= Grammar::kMostParts) fail("expected a smaller grammar");
        out_.parts.push_back(std::move(part));
        return static_cast<std::uint32_t>(out_.parts.size() - 1);
    }

    std::uint32_t choice(bool nested) {
        if (++depth_ > kMostGroups) fail("expected fewer groups inside each other");
        GrammarPart all{.kind = Kind::choice};
        all.children.push_back(sequence(nested));
        while (peek() == '|' || (!nested && continues_below())) {
            ++at_;
            skip(true);
            all.children.push_back(sequence(nested));
        }
        --depth_;
        return all.children.size() == 1 ? all.children.front() : add(std::move(all));
    }

    std::uint32_t sequence(bool nested) {
        GrammarPart all{.kind = Kind::sequence};
        while (more() && peek() != '|' && peek() != ')' && peek() != '\n') {
            std::uint32_t part = atom();
            while (repeat(part)) {
            }
            all.children.push_back(part);
            skip(nested);
        }
        return add(std::move(all));
    }

    std::uint32_t text() {
        ++at_;
        GrammarPart all{.kind = Kind::sequence};
        while (more() && peek() != '"') {
            all.children.push_back(add({.kind = Kind::set, .set = CodePointSet(character())}));
        }
        if (!take(U"\"")) fail("expected \"");
        return add(std::move(all));
    }

    std::uint32_t atom() {
        const char32_t c = peek();
        if (c == '"') return text();
        if (c == '[') return add({.kind = Kind::set, .set = bracket()});
        if (is_name(c)) return add({.kind = Kind::call, .rule = named(name())});
        if (take(U".")) {
            return add({.kind = Kind::set, .set = CodePointSet().complement()});
        }
        if (take(U"(")) {
            skip(true);
            const std::uint32_t group = choice(true);
            if (!take(U")")) fail("expected )");
            return group;
        }
        std::string found;
        base::append_utf8(found, c);
        fail("expected a text, a set of characters, a group or a rule, found " +
             base::quoted(found));
    }

    std::uint32_t number() {
        std::uint64_t value = 0;
        if (peek() < '0' || peek() > '9') fail("expected a number");
        while (peek() >= '0' && peek() <= '9') {
            value = std::min<std::uint64_t>(value * 10 + (text_[at_++] - '0'), UINT32_MAX);
        }
        if (value > Grammar::kMostRepeats) {
            fail("expected at most " + std::to_string(Grammar::kMostRepeats) + " repetitions");
        }
        return static_cast<std::uint32_t>(value);
    }

    bool repeat(std::uint32_t& part) {
        GrammarPart out{.kind = Kind::repeat, .children = {part}};
        if (take(U"*")) {
            out.min = 0;
        } else if (take(U"+")) {
            out.min = 1;
        } else if (take(U"?")) {
            out.max = 1;
        } else if (take(U"{")) {
            skip(false);
            if (peek() != ',') out.min = number();
            out.max = out.min;
            skip(false);
            if (take(U",")) {
                skip(false);
                out.max.reset();
                if (peek() != '}') out.max = number();
            }
            skip(false);
            if (!take(U"}")) fail("expected }");
            if (out.max && *out.max < out.min) fail("expected repetitions in order");
        } else {
            return false;
        }
        part = add(std::move(out));
        return true;
    }

    char32_t hex(std::size_t n) {
        char32_t value = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const int digit = more() ? base::hex_digit(text_[at_++]) : -1;
            if (digit < 0) fail("expected a hexadecimal digit");
            value = value * 16 + static_cast<char32_t>(digit);
        }
        if (value >= unicode::kCodePointEnd) fail("expected a code point");
        return value;
    }

    // One character of a text or a set, perhaps escaped.
    char32_t character() {
        const char32_t c = text_[at_++];
        if (c == '\n') fail("expected the end of the text or set before that of the line");
        if (c != '\\') return c;
        const char32_t escaped = more() ? text_[at_++] : 0;
        switch (escaped) {
            case 'x':
                return hex(2);
            case 'u':
                return hex(4);
            case 'U':
                return hex(8);
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'n':
                return '\n';
            case '\\':
            case '"':
            case '[':
            case ']':
            case '-':
            case '^':
                return escaped;
            default:
                fail("expected a known escape after \\");
        }
    }

    CodePointSet bracket() {
        ++at_;
        const bool inverted = take(U"^");
        CodePointSet set;
        while (more() && peek() != ']') {
            const char32_t first = character();
            char32_t last = first;
            if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
                ++at_;
                last = character();
            }
            if (last < first) fail("expected a range of characters");
            set.add({first, last + 1});
        }
        if (!take(U"]")) fail("expected ]");
        return inverted ? set.complement() : set;
    }

    std::u32string text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    int depth_ = 0;
    Grammar out_;
    std::map<std::string, std::uint32_t> rules_;
};

}  // namespace

Grammar parse_grammar(std::string_view text) {
    return Parser(text).parse();
}

std::uint32_t root_of(const Grammar& grammar) {
    const auto found = std::find_if(grammar.rules.begin(), grammar.rules.end(),
                                    [](const auto& rule) { return rule.name == "root"; });
    if (found == grammar.rules.end()) throw Unusable("expected a rule \"root\", found none");
    return static_cast<std::uint32_t>(found - grammar.rules.begin());
}

}  // namespace quire::constraints
