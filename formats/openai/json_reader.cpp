#include "formats/openai/json_reader.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include "lib/base/json/json_text.h"
#include "lib/base/utf8.h"
#include "lib/chat/jinja/values/big_integer.h"

namespace quire::formats::openai {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class Reader {
  public:
    Reader(std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {}

    Json run() {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
        Json value = read_value();
        skip_space();
        if (at_ != text_.size()) fail("the end");
        return value;
    }

  private:
    enum class Cause { syntax, limit };

    [[noreturn]] void fail_at(std::size_t place, const std::string& message,
                              Cause cause = Cause::syntax) const {
        std::size_t line = 1;
        std::size_t begin = 0;
        for (std::size_t i = 0; i < place; ++i) {
            if (text_[i] == '\n') {
                ++line;
                begin = i + 1;
            }
        }
        throw JsonError(message + " at line " + std::to_string(line) + ", column " +
                            std::to_string(place - begin + 1),
                        cause == Cause::limit);
    }

    [[noreturn]] void fail(const std::string& expected) const {
        fail_at(at_, "expected " + expected + ", found " + found());
    }

    // Describes the input at the current position in words that are safe to print.
    std::string found() const {
        if (at_ == text_.size()) return "the end of the text";
        const auto byte = static_cast<unsigned char>(text_[at_]);
        if (byte < 0x20 || byte >= 0x7F) return "byte " + std::to_string(byte);
        return "'" + std::string(1, text_[at_]) + "'";
    }

    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' ||
                                      text_[at_] == '\n' || text_[at_] == '\r')) {
            ++at_;
        }
    }

    bool skip(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }

    Json read_value() {
        skip_space();
        if (peek() == '"') return read_string();
        if (peek() == '{') return read_object();
        if (peek() == '[') return read_list();
        if (peek() == '-' || is_digit(peek())) return read_number();
        if (skip("true")) return true;
        if (skip("false")) return false;
        if (skip("null")) return nullptr;
        if (dialect_ == Dialect::python && skip("NaN")) return std::nan("");
        if (dialect_ == Dialect::python && skip("Infinity")) return infinity(false);
        fail("a JSON value");
    }

    static double infinity(bool negative) {
        const double value = std::numeric_limits<double>::infinity();
        return negative ? -value : value;
    }

    void enter() {
        if (++depth_ > base::kMaxJsonDepth) {
            fail_at(at_,
                    "expected JSON at most " + std::to_string(base::kMaxJsonDepth) +
                        " levels deep, found more",
                    Cause::limit);
        }
        ++at_;
        skip_space();
    }

    // After an element: true when another follows, false after `end`.
    bool goes_on(char end) {
        skip_space();
        if (peek() != ',' && peek() != end) fail(std::string("',' or '") + end + "'");
        const bool more = peek() == ',';
        ++at_;
        if (more) skip_space();
        if (!more) --depth_;
        return more;
    }

    Json read_list() {
        enter();
        Json list = Json::array();
        if (peek() == ']') {
            ++at_;
            --depth_;
            return list;
        }
        do list.push_back(read_value());
        while (goes_on(']'));
        return list;
    }

    Json read_object() {
        enter();
        Json object = Json::object();
        if (peek() == '}') {
            ++at_;
            --depth_;
            return object;
        }
        auto& entries = object.get_ref<Json::object_t&>();
        std::unordered_map<std::string, std::size_t> places;
        do {
            if (peek() != '"') fail("a key in quotes");
            std::string key = read_string();
            skip_space();
            if (peek() != ':') fail("':'");
            ++at_;
            // Not object[key], which searches all earlier keys.
            const auto [place, added] = places.try_emplace(key, entries.size());
            if (!added && dialect_ == Dialect::strict) {
                fail_at(at_, "expected each key once, found one twice");
            }
            if (added) entries.push_back({std::move(key), Json()});
            (entries.begin() + static_cast<std::ptrdiff_t>(place->second))->second = read_value();
        } while (goes_on('}'));
        return object;
    }

    // The bytes of a string up to the next special character.
    std::string_view plain_run() const {
        std::size_t end = at_;
        while (end < text_.size() && text_[end] != '"' && text_[end] != '\\' &&
               static_cast<unsigned char>(text_[end]) >= 0x20) {
            ++end;
        }
        return text_.substr(at_, end - at_);
    }

    std::string read_string() {
        std::string out;
        ++at_;
        while (peek() != '"' || at_ == text_.size()) {
            const std::string_view run = plain_run();
            if (!base::is_utf8(run)) fail_at(at_, "expected UTF-8, found other bytes in a string");
            out.append(run);
            at_ += run.size();
            if (peek() == '\\') {
                read_escape(out);
            } else if (peek() != '"') {
                fail(at_ == text_.size() ? "'\"'" : "no control character in a string");
            }
        }
        ++at_;
        return out;
    }

    void read_escape(std::string& out) {
        constexpr std::string_view kNames = "\"\\/bfnrt";
        constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
        const std::size_t begin = at_++;
        const std::size_t simple = kNames.find(peek());
        if (at_ < text_.size() && simple != std::string_view::npos) {
            out += kMeanings[simple];
            ++at_;
            return;
        }
        if (peek() != 'u') fail("an escape of JSON");
        char32_t unit = read_unit();
        if (unit >= 0xD800 && unit < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
            ++at_;
            const char32_t low = read_unit();
            if (low < 0xDC00 || low > 0xDFFF) fail_half(begin);
            unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        } else if (unit >= 0xD800 && unit < 0xE000) {
            fail_half(begin);
        }
        base::append_utf8(out, unit);
    }

    [[noreturn]] void fail_half(std::size_t place) const {
        fail_at(place, "expected a character, found half of a surrogate pair", Cause::limit);
    }

    // The four digits after the "u" at the current position.
    char32_t read_unit() {
        ++at_;
        char32_t unit = 0;
        for (int i = 0; i < 4; ++i, ++at_) {
            const int digit = at_ < text_.size() ? hex_digit(peek()) : -1;
            if (digit < 0) fail("four hexadecimal digits");
            unit = unit * 16 + static_cast<char32_t>(digit);
        }
        return unit;
    }

    void skip_digits() {
        if (!is_digit(peek())) fail("a digit");
        while (is_digit(peek())) ++at_;
    }

    Json read_number() {
        const std::size_t begin = at_;
        const bool negative = skip("-");
        if (negative && dialect_ == Dialect::python && skip("Infinity")) return infinity(true);
        if (peek() == '0') {
            ++at_;
        } else {
            skip_digits();
        }
        bool is_float = false;
        if (peek() == '.') {
            is_float = true;
            ++at_;
            skip_digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            is_float = true;
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            skip_digits();
        }
        const std::string_view literal = text_.substr(begin, at_ - begin);
        return is_float ? float_of(literal, begin) : integer_of(literal, begin);
    }

    Json float_of(std::string_view literal, std::size_t place) const {
        // Unlike from_chars, strtod tells at which end of the range a number is.
        const double value = std::strtod(std::string(literal).c_str(), nullptr);
        if (std::isinf(value) && dialect_ == Dialect::strict) {
            fail_at(place, "expected a number within the range of a double, found a larger one",
                    Cause::limit);
        }
        return value;
    }

    Json integer_of(std::string_view literal, std::size_t place) const {
        const char* const end = literal.data() + literal.size();
        if (literal.front() == '-') {
            std::int64_t value = 0;
            if (std::from_chars(literal.data(), end, value).ec == std::errc()) return value;
        } else {
            std::uint64_t value = 0;
            if (std::from_chars(literal.data(), end, value).ec == std::errc()) return value;
        }
        if (literal.size() > jinja::kMaxIntegerDigits) {
            fail_at(place,
                    "expected an integer of at most " + std::to_string(jinja::kMaxIntegerDigits) +
                        " digits, found more",
                    Cause::limit);
        }
        return jinja::big_integer(literal);
    }

    std::string_view text_;
    Dialect dialect_;
    std::size_t at_ = 0;
    std::size_t depth_ = 0;
};

}  // namespace

Json read_json(std::string_view text, Dialect dialect) {
    return Reader(text, dialect).run();
}

}  // namespace quire::formats::openai
