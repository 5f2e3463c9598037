#include "lib/chat/jinja/parse/lexer.h"

#include <algorithm>
#include <array>

#include "lib/chat/jinja/parse/literals.h"
#include "lib/chat/jinja/values/unicode.h"

namespace quire::jinja {
namespace {

constexpr std::array<std::string_view, 6> kLongSymbols = {"//", "**", "==", "!=", ">=", "<="};
constexpr std::string_view kShortSymbols = "+-/*%~[](){}><=.:|,;";

// Converts "\r\n" and "\r" to "\n", and removes one newline at the very end.
std::string normalize(std::string_view source) {
    std::string out;
    out.reserve(source.size());
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r') {
            out += '\n';
            if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
        } else {
            out += source[i];
        }
    }
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

bool is_name_begin(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_part(char c) {
    return is_name_begin(c) || (c >= '0' && c <= '9');
}

class Lexer {
  public:
    explicit Lexer(std::string_view source) : source_(normalize(source)) {}

    std::vector<Token> run() {
        try {
            while (read_data()) {
            }
            add(TokenKind::end);
        } catch (Failure& failure) {
            if (failure.line == 0) failure.line = line_;
            throw;
        }
        return std::move(tokens_);
    }

  private:
    [[noreturn]] void fail(const std::string& message) const {
        throw Failure(ErrorCode::model, message);
    }

    char at(std::size_t position) const {
        return position < source_.size() ? source_[position] : '\0';
    }
    bool looking_at(std::size_t position, std::string_view text) const {
        return std::string_view(source_)
            .substr(std::min(position, source_.size()))
            .starts_with(text);
    }

    void add(TokenKind kind, std::string text = {}) {
        tokens_.push_back({kind, line_, std::move(text), Value()});
    }

    // Moves to `position`, counting lines.
    void advance(std::size_t position) {
        const std::string_view passed(source_.data() + position_, position - position_);
        line_ += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
        line_begins_ = passed.ends_with('\n');
        position_ = position;
    }

    std::size_t skip_space(std::size_t position) const {
        while (position < source_.size()) {
            std::size_t next = position;
            if (!is_space(next_char(source_, next))) break;
            position = next;
        }
        return position;
    }

    // The sign after "{%" or similar: '-', '+' or 0.
    char sign_at(std::size_t position) const {
        const char sign = at(position);
        return sign == '-' || sign == '+' ? sign : '\0';
    }

    // The position after a tag {% raw %} or {% endraw %} (`word`) that begins at `position`, or 0.
    std::size_t raw_tag_end(std::size_t position, std::string_view word, bool trims) const {
        position += 2;
        if (sign_at(position)) ++position;
        position = skip_space(position);
        if (!looking_at(position, word)) return 0;
        position = skip_space(position + word.size());
        if (looking_at(position, "-%}")) return skip_space(position + 3);
        if (trims && looking_at(position, "+%}")) return position + 3;
        if (!looking_at(position, "%}")) return 0;
        position += 2;
        return trims && at(position) == '\n' ? position + 1 : position;
    }

    std::size_t find_tag() const {
        for (std::size_t found = source_.find('{', position_); found != std::string::npos;
             found = source_.find('{', found + 1)) {
            const char next = at(found + 1);
            if (next == '{' || next == '%' || next == '#') return found;
        }
        return std::string::npos;
    }

    // Adds the text up to the tag at `end`, without what the tag strips.
    void add_data(std::size_t end, char sign, bool strips_indentation) {
        std::string_view text = std::string_view(source_).substr(position_, end - position_);
        if (sign == '-') {
            std::size_t kept = text.size();
            while (kept > 0) {
                std::size_t previous = kept;
                if (!is_space(previous_char(text, previous))) break;
                kept = previous;
            }
            text = text.substr(0, kept);
        } else if (sign != '+' && strips_indentation) {
            const std::size_t newline = text.rfind('\n');
            const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
            if ((line_begin > 0 || line_begins_) && is_all_space(text.substr(line_begin))) {
                text = text.substr(0, line_begin);
            }
        }
        if (!text.empty()) add(TokenKind::data, std::string(text));
    }

    static bool is_all_space(std::string_view text) {
        for (std::size_t position = 0; position < text.size();) {
            if (!is_space(next_char(text, position))) return false;
        }
        return true;
    }

    // Reads text up to a tag, and the start of that tag. False at the end of the template.
    bool read_data() {
        const std::size_t tag = find_tag();
        if (tag == std::string::npos) {
            if (position_ < source_.size()) add(TokenKind::data, source_.substr(position_));
            advance(source_.size());
            return false;
        }
        const char what = at(tag + 1);
        const char sign = sign_at(tag + 2);
        const std::size_t raw_end = what == '%' ? raw_tag_end(tag, "raw", false) : 0;
        add_data(tag, sign, what != '{');
        advance(tag);
        if (raw_end != 0) {
            read_raw(raw_end);
        } else if (what == '#') {
            skip_comment(tag + (sign ? 3 : 2));
        } else {
            add(what == '{' ? TokenKind::print_begin : TokenKind::block_begin);
            advance(tag + (sign ? 3 : 2));
            read_tag(what == '{');
        }
        return true;
    }

    void read_raw(std::size_t begin) {
        advance(begin);
        for (std::size_t found = source_.find("{%", begin); found != std::string::npos;
             found = source_.find("{%", found + 1)) {
            const std::size_t end = raw_tag_end(found, "endraw", true);
            if (end == 0) continue;
            add_data(found, sign_at(found + 2), true);
            advance(end);
            return;
        }
        fail("a {% raw %} without {% endraw %}");
    }

    void skip_comment(std::size_t begin) {
        const std::size_t found = source_.find("#}", begin);
        if (found == std::string::npos) fail("an unterminated comment");
        const char sign = found > begin ? sign_at(found - 1) : '\0';
        std::size_t end = found + 2;
        if (sign == '-') end = skip_space(end);
        if (!sign && at(end) == '\n') ++end;
        advance(end);
    }

    // The position after the end of the tag if it ends here, or 0.
    std::size_t tag_end(bool is_print) const {
        const std::string_view close = is_print ? "}}" : "%}";
        const char sign = sign_at(position_);
        if (sign == '-' && looking_at(position_ + 1, close)) return skip_space(position_ + 3);
        if (sign == '+' && !is_print && looking_at(position_ + 1, close)) return position_ + 3;
        if (!looking_at(position_, close)) return 0;
        return !is_print && at(position_ + 2) == '\n' ? position_ + 3 : position_ + 2;
    }

    void read_tag(bool is_print) {
        std::vector<char> open;  // open brackets
        while (position_ < source_.size()) {
            const std::size_t end = open.empty() ? tag_end(is_print) : 0;
            if (end != 0) {
                add(is_print ? TokenKind::print_end : TokenKind::block_end);
                return advance(end);
            }
            const std::size_t behind = skip_space(position_);
            if (behind != position_) {
                advance(behind);
            } else {
                read_token(open);
            }
        }
    }

    void read_token(std::vector<char>& open) {
        const std::string_view rest = std::string_view(source_).substr(position_);
        const bool after_dot = position_ > 0 && source_[position_ - 1] == '.';
        if (const std::size_t size = float_literal_size(rest, after_dot)) {
            add(TokenKind::floating);
            tokens_.back().number = read_float(rest.substr(0, size));
            return advance(position_ + size);
        }
        if (const std::size_t size = integer_literal_size(rest)) {
            add(TokenKind::integer);
            tokens_.back().number = read_integer(rest.substr(0, size));
            return advance(position_ + size);
        }
        if (is_name_begin(rest[0])) {
            const auto* const end = std::find_if_not(rest.begin(), rest.end(), is_name_part);
            const auto size = static_cast<std::size_t>(end - rest.begin());
            add(TokenKind::name, std::string(rest.substr(0, size)));
            return advance(position_ + size);
        }
        if (rest[0] == '\'' || rest[0] == '"') return read_string(rest);
        read_symbol(rest, open);
    }

    void read_string(std::string_view rest) {
        for (std::size_t end = 1; end < rest.size(); ++end) {
            if (rest[end] == '\\') {
                ++end;
            } else if (rest[end] == rest[0]) {
                add(TokenKind::string, unescape(rest.substr(1, end - 1)));
                return advance(position_ + end + 1);
            }
        }
        fail("an unterminated string");
    }

    void read_symbol(std::string_view rest, std::vector<char>& open) {
        std::string_view symbol = rest.substr(0, 2);
        if (std::find(kLongSymbols.begin(), kLongSymbols.end(), symbol) == kLongSymbols.end()) {
            symbol = rest.substr(0, 1);
            if (kShortSymbols.find(symbol) == std::string_view::npos) {
                std::size_t end = 0;
                next_char(rest, end);
                fail("unexpected '" + std::string(rest.substr(0, end)) + "'");
            }
        }
        if (symbol == "(") open.push_back(')');
        if (symbol == "[") open.push_back(']');
        if (symbol == "{") open.push_back('}');
        if (symbol == ")" || symbol == "]" || symbol == "}") {
            if (open.empty() || open.back() != symbol[0]) {
                fail("unexpected '" + std::string(symbol) + "'");
            }
            open.pop_back();
        }
        add(TokenKind::symbol, std::string(symbol));
        advance(position_ + symbol.size());
    }

    std::string source_;
    std::size_t position_ = 0;
    int line_ = 1;
    bool line_begins_ = true;  // the last tag ended its line, or nothing came before
    std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
    return Lexer(source).run();
}

}  // namespace quire::jinja
