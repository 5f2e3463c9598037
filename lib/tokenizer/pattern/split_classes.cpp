#include "lib/tokenizer/pattern/split_classes.h"

#include <optional>
#include <string>

#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/unicode/properties.h"

namespace quire::tokenizer {

namespace {

bool is_ascii_letter(char32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Adds the code points that match the letters of `set` when case is ignored.
// source: CaseFolding.txt, statuses C and S
void add_other_case(unicode::CodePointSet& set) {
    const unicode::CodePointSet given = set;
    for (char32_t lower = 'a'; lower <= 'z'; ++lower) {
        const char32_t upper = lower - 'a' + 'A';
        if (!given.contains(lower) && !given.contains(upper)) continue;
        set.add({lower, lower + 1});
        set.add({upper, upper + 1});
        if (lower == 's') set.add({0x17F, 0x180});    // long s
        if (lower == 'k') set.add({0x212A, 0x212B});  // Kelvin sign
    }
}

unicode::CodePointSet signed_set(const unicode::CodePointSet& set, bool negative) {
    return negative ? set.complement() : set;
}

unicode::CodePointSet intersection(const unicode::CodePointSet& a, const unicode::CodePointSet& b) {
    unicode::CodePointSet outside = a.complement();
    outside.add(b.complement());
    return outside.complement();
}

class ClassParser {
  public:
    ClassParser(SplitScanner& scanner, bool ignore_case)
        : scanner_(scanner), ignore_case_(ignore_case) {}

    unicode::CodePointSet parse() {
        if (scanner_.done()) scanner_.fail("a pattern that ends here");
        if (scanner_.take(U'[')) return char_class(0);
        if (scanner_.take(U'.')) return unicode::CodePointSet(U'\n').complement();
        if (std::optional<unicode::CodePointSet> set = class_escape()) return *set;
        unicode::CodePointSet set(literal());
        if (ignore_case_) fold(set);
        return set;
    }

  private:
    void fold(unicode::CodePointSet& set) const {
        for (const unicode::CodePointRange& range : set.ranges()) {
            if (range.end > 0x80) {
                scanner_.fail("ignoring case outside ASCII");
            }
        }
        add_other_case(set);
    }

    // Parses \s \d \w \p{..} and their complements. Returns nothing, and consumes nothing, if a
    // literal follows.
    std::optional<unicode::CodePointSet> class_escape() {
        if (scanner_.peek() != U'\\') return std::nullopt;
        switch (scanner_.peek(1)) {
            case U's':
            case U'S':
                return taken(unicode::white_space(), U'S');
            case U'd':
            case U'D':
                return taken(*unicode::category_set("Nd"), U'D');
            case U'w':
            case U'W':
                return taken(word_characters(), U'W');
            case U'p':
            case U'P':
                return property();
            default:
                return std::nullopt;
        }
    }

    unicode::CodePointSet taken(const unicode::CodePointSet& set, char32_t negative) {
        const bool is_negative = scanner_.peek(1) == negative;
        scanner_.skip(2);
        return signed_set(set, is_negative);
    }

    unicode::CodePointSet property() {
        if (ignore_case_) scanner_.fail("ignoring case in \\p");
        const bool negative_kind = scanner_.peek(1) == U'P';
        scanner_.skip(2);
        if (!scanner_.take(U'{')) scanner_.fail("\\p without {..}");
        const bool negative = scanner_.take(U'^') != negative_kind;
        std::string name;
        while (!scanner_.done() && scanner_.peek() != U'}') {
            base::append_utf8(name, scanner_.next());
        }
        if (!scanner_.take(U'}')) scanner_.fail("\\p{ without }");
        const std::optional<unicode::CodePointSet> set = unicode::property_set(name);
        if (!set) scanner_.fail("\\p{" + base::printable(name) + "}");
        return signed_set(*set, negative);
    }

    // Parses a class after its '['. The result is the intersection of the terms joined by &&.
    unicode::CodePointSet char_class(int depth) {
        if (depth > kMaxNesting) scanner_.fail("nesting this deep");
        const bool negative = scanner_.take(U'^');
        if (scanner_.peek() == U']') scanner_.fail("']' at the front of a class");
        unicode::CodePointSet set = class_term(depth);
        while (scanner_.take(U"&&")) set = intersection(set, class_term(depth));
        if (!scanner_.take(U']')) scanner_.fail("'[' without ']'");
        return signed_set(set, negative);
    }

    bool at_term_end() const {
        return scanner_.done() || scanner_.peek() == U']' ||
               (scanner_.peek() == U'&' && scanner_.peek(1) == U'&');
    }

    unicode::CodePointSet class_term(int depth) {
        unicode::CodePointSet set;
        bool literals_only = true;
        if (at_term_end()) scanner_.fail("an empty class");
        while (!at_term_end()) {
            if (scanner_.peek() == U'[' && scanner_.peek(1) == U':') scanner_.fail("[:..:]");
            if (scanner_.take(U'[')) {
                set.add(char_class(depth + 1));
                literals_only = false;
            } else if (const std::optional<unicode::CodePointSet> inner = class_escape()) {
                if (scanner_.peek() == U'-' && scanner_.peek(1) != U']') {
                    scanner_.fail("a range from a class");
                }
                set.add(*inner);
                literals_only = false;
            } else {
                set.add(range());
            }
        }
        if (!ignore_case_) return set;
        if (literals_only) {
            fold(set);
        } else {
            add_other_case(set);
        }
        return set;
    }

    // One character, or two with '-' between them.
    unicode::CodePointRange range() {
        const char32_t first = literal();
        char32_t last = first;
        if (scanner_.peek() == U'-' && scanner_.peek(1) != U']') {
            scanner_.skip(1);
            if (scanner_.peek() == U'[') scanner_.fail("a range to a class");
            last = literal();
            if (last < first) scanner_.fail("a reversed range");
        }
        return {first, last + 1};
    }

    char32_t literal() {
        if (scanner_.done()) scanner_.fail("a pattern that ends here");
        const char32_t c = scanner_.next();
        if (c != U'\\') return c;
        if (scanner_.done()) scanner_.fail("a \\ at the end");
        const char32_t escaped = scanner_.next();
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
                return scanner_.take(U'{') ? hex(1, 6, true) : hex(2, 2, false);
            case U'u':
                return hex(4, 4, false);
            default:
                break;
        }
        if (escaped >= 0x80 || is_ascii_letter(escaped) || (escaped >= U'0' && escaped <= U'9')) {
            std::string name = "\\";
            base::append_utf8(name, escaped);
            scanner_.fail(base::printable(name));
        }
        return escaped;
    }

    char32_t hex(int min_digits, int max_digits, bool braced) {
        char32_t value = 0;
        int digits = 0;
        for (; digits < max_digits; ++digits) {
            const int digit = base::hex_digit(scanner_.peek());
            if (digit < 0) break;
            value = value * 16 + static_cast<char32_t>(digit);
            scanner_.skip(1);
        }
        if (digits < min_digits || (braced && !scanner_.take(U'}')) ||
            value >= unicode::kCodePointEnd) {
            scanner_.fail("this hexadecimal escape");
        }
        return value;
    }

    SplitScanner& scanner_;
    bool ignore_case_;
};

}  // namespace

unicode::CodePointSet parse_code_points(SplitScanner& scanner, bool ignore_case) {
    return ClassParser(scanner, ignore_case).parse();
}

const unicode::CodePointSet& word_characters() {
    static const unicode::CodePointSet set = *unicode::property_set("Word");
    return set;
}

}  // namespace quire::tokenizer
