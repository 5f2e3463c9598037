// "{0.name[key]!r:>8}".format(...)
#include <algorithm>
#include <charconv>

#include "lib/chat/jinja/methods/format.h"
#include "lib/chat/jinja/methods/format_spec.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::int64_t to_index(std::string_view digits) {
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc()) throw type_failure("format(): index too large");
    return value;
}

class Formatter {
  public:
    Formatter(Context& context, const String& format, const Arguments& arguments)
        : context_(context), arguments_(arguments), markup_(format.markup) {}

    // `depth`: a field may contain fields in its format specification, one level deep.
    Text run(const Text& format, int depth) {
        if (depth == 0) throw type_failure("format(): fields nested too deeply");
        const std::string_view bytes = format.bytes();
        Text out;
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t brace = std::min(bytes.find_first_of("{}", at), bytes.size());
            out.append(format, at, brace);
            at = brace;
            if (at == bytes.size()) break;
            if (at + 1 < bytes.size() && bytes[at + 1] == bytes[at]) {
                out.append(format, at, at + 1);
                at += 2;
                continue;
            }
            if (bytes[at] == '}') throw type_failure("format(): a single '}'");
            const std::size_t end = field_end(bytes, at + 1);
            out.append(field(format.slice(at + 1, end), depth));
            at = end + 1;
        }
        return out;
    }

  private:
    // The position of the brace that closes the field that begins at `at`.
    static std::size_t field_end(std::string_view bytes, std::size_t at) {
        int open = 1;
        bool in_brackets = false;
        for (; at < bytes.size(); ++at) {
            if (bytes[at] == '[') in_brackets = true;
            if (bytes[at] == ']') in_brackets = false;
            if (bytes[at] == '{' && !in_brackets) ++open;
            if (bytes[at] == '}' && !in_brackets && --open == 0) return at;
        }
        throw type_failure("format(): expected '}' before the end of the string");
    }

    Text field(const Text& field, int depth) {
        context_.budget.steps(1);
        const std::string_view bytes = field.bytes();
        std::size_t name_end = 0;
        bool in_brackets = false;
        for (; name_end < bytes.size(); ++name_end) {
            if (bytes[name_end] == '[') in_brackets = true;
            if (bytes[name_end] == ']') in_brackets = false;
            if (!in_brackets && (bytes[name_end] == ':' || bytes[name_end] == '!')) break;
        }
        Value value = look_up(bytes.substr(0, name_end));
        std::size_t at = name_end;
        if (at < bytes.size() && bytes[at] == '!') {
            value = converted(value, bytes.substr(at + 1));
            at += 2;
            if (at < bytes.size() && bytes[at] != ':') {
                throw type_failure("format(): expected ':' after the conversion");
            }
        }
        const Text spec = at < bytes.size() ? run(field.slice(at + 1), depth - 1) : Text();
        return shown(value, spec.bytes());
    }

    Value converted(const Value& value, std::string_view rest) {
        if (rest.empty()) throw type_failure("format(): '!' without a conversion");
        if (rest[0] == 's') return make_text(context_, to_text(context_, value));
        if (rest[0] == 'r') return make_text(context_, repr(context_, value));
        throw unsupported("the conversion '!" + std::string(1, rest[0]) + "' of format()");
    }

    Text shown(const Value& value, std::string_view spec) {
        // source: markupsafe.EscapeFormatter.format_field
        if (markup_ && value.is_markup()) {
            if (!spec.empty()) throw type_failure("format(): a format for markup");
            return value.string()->text;
        }
        const Text text = spec.empty() ? to_text(context_, value)
                                       : format_value(context_, value, parse_format_spec(spec));
        return markup_ ? escaped(text) : text;
    }

    Value look_up(std::string_view name) {
        const std::size_t first_end = std::min(name.find_first_of(".["), name.size());
        Value value = argument(name.substr(0, first_end), first_end == name.size());
        for (std::size_t at = first_end; at < name.size();) {
            if (name[at] == '.') {
                const std::size_t end = std::min(name.find_first_of(".[", at + 1), name.size());
                value = get_attribute(context_, value, name.substr(at + 1, end - at - 1));
                at = end;
            } else if (name[at] == '[') {
                const std::size_t end = name.find(']', at);
                if (end == std::string_view::npos) throw type_failure("format(): expected ']'");
                const std::string_view key = name.substr(at + 1, end - at - 1);
                value = get_item(context_, value,
                                 is_number(key) ? Value(to_index(key)) : Value::literal(key));
                at = end + 1;
            } else {
                throw type_failure("format(): only '.' or '[' may follow ']'");
            }
        }
        return value;
    }

    Value argument(std::string_view name, bool alone) {
        if (name.empty() && alone) {
            if (numbering_ == Numbering::manual) mixed();
            numbering_ = Numbering::automatic;
            return positional(next_++);
        }
        if (is_number(name)) {
            if (alone && numbering_ == Numbering::automatic) mixed();
            if (alone) numbering_ = Numbering::manual;
            return positional(static_cast<std::size_t>(to_index(name)));
        }
        for (const auto& [key, value] : arguments_.named) {
            if (key == name) return value;
        }
        throw type_failure("format(): there is no argument '" + std::string(name) + "'");
    }

    [[noreturn]] static void mixed() {
        throw type_failure("format(): both numbered and unnumbered fields");
    }

    Value positional(std::size_t index) const {
        if (index < arguments_.positional.size()) return arguments_.positional[index];
        throw type_failure("format(): there is no argument " + std::to_string(index));
    }

    enum class Numbering { unknown, automatic, manual };

    Context& context_;
    const Arguments& arguments_;
    bool markup_;
    Numbering numbering_ = Numbering::unknown;
    std::size_t next_ = 0;
};

}  // namespace

Value format_fields(Context& context, const String& format, const Arguments& arguments) {
    return make_like(context, format, Formatter(context, format, arguments).run(format.text, 3));
}

}  // namespace quire::jinja
