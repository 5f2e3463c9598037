#include "lib/chat/jinja/values/repr.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "lib/chat/jinja/evaluate/evaluator.h"  // Macro
#include "lib/chat/jinja/evaluate/loop.h"
#include "lib/chat/jinja/values/unicode.h"

namespace quire::jinja {
namespace {

std::string hex(char32_t value, int digits) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
        out += kDigits[(value >> shift) & 0xF];
    }
    return out;
}

// Writes everything as data: a repr mixes both origins, and data is the safe one.
class ReprWriter {
  public:
    explicit ReprWriter(Context& context) : context_(context) {}

    Text take() { return std::move(out_); }

    void write(const Value& value) {
        context_.budget.steps(1);
        // Only a namespace can contain itself.
        if (++depth_ > 2 * kMaxValueDepth) {
            throw Failure(ErrorCode::model, "printing a namespace that contains itself");
        }
        std::visit([this](const auto& data) { put(data); }, value.data());
        --depth_;
    }

  private:
    void append(std::string_view bytes) { out_.append(bytes, Origin::from_data); }

    void put(const Undefined&) { append("Undefined"); }
    void put(const None&) { append("None"); }
    void put(bool value) { append(value ? "True" : "False"); }
    void put(std::int64_t value) { append(std::to_string(value)); }
    void put(double value) { append(float_repr(value)); }
    void put(const std::shared_ptr<const BigInteger>& value) { append(value->digits); }

    void put(const std::shared_ptr<const String>& value) {
        const std::string_view bytes = value->text.bytes();
        context_.budget.bytes(bytes.size());
        if (value->markup) append("Markup(");
        const bool has_single = bytes.find('\'') != std::string_view::npos;
        const bool has_double = bytes.find('"') != std::string_view::npos;
        const char quote = has_single && !has_double ? '"' : '\'';
        append({&quote, 1});
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t begin = at;
            const char32_t code_point = next_char(bytes, at);
            put_char(code_point, bytes.substr(begin, at - begin), quote);
        }
        append({&quote, 1});
        if (value->markup) append(")");
    }

    void put_char(char32_t code_point, std::string_view bytes, char quote) {
        if (code_point == '\n') return append("\\n");
        if (code_point == '\r') return append("\\r");
        if (code_point == '\t') return append("\\t");
        if (code_point == '\\' || code_point == static_cast<char32_t>(quote)) append("\\");
        if (is_char(CharClass::printable, code_point)) return append(bytes);
        if (code_point < 0x100) return append("\\x" + hex(code_point, 2));
        if (code_point < 0x10000) return append("\\u" + hex(code_point, 4));
        append("\\U" + hex(code_point, 8));
    }

    void put(const std::shared_ptr<const Sequence>& value) {
        switch (value->kind) {
            case SequenceKind::list:
                return put_items(*value, "[", "]");
            case SequenceKind::tuple:
                return put_items(*value, "(", value->items.size() == 1 ? ",)" : ")");
            case SequenceKind::keys:
                return put_items(*value, "dict_keys([", "])");
            case SequenceKind::values:
                return put_items(*value, "dict_values([", "])");
            case SequenceKind::items:
                return put_items(*value, "dict_items([", "])");
            case SequenceKind::range:
                append("range(" + std::to_string(value->start) + ", " +
                       std::to_string(value->stop));
                if (value->step != 1) append(", " + std::to_string(value->step));
                return append(")");
        }
    }

    void put_items(const Sequence& sequence, std::string_view begin, std::string_view end) {
        append(begin);
        for (std::size_t i = 0; i < sequence.items.size(); ++i) {
            if (i > 0) append(", ");
            write(sequence.items[i]);
        }
        append(end);
    }

    void put(const std::shared_ptr<const Dict>& value) { put_dict(*value); }

    void put_dict(const Dict& dict) {
        append("{");
        for (std::size_t i = 0; i < dict.size(); ++i) {
            if (i > 0) append(", ");
            write(dict.entries()[i].key);
            append(": ");
            write(dict.entries()[i].value);
        }
        append("}");
    }

    void put(Namespace* value) {
        append("<Namespace ");
        put_dict(value->attributes);
        append(">");
    }

    void put(const Macro* value) { append("<Macro '" + std::string(value->name()) + "'>"); }

    // In Python, the other kinds print their address.
    void put(const std::shared_ptr<const Method>& value) {
        throw unsupported("printing the method '" + value->name + "' without calling it");
    }
    void put(Iterator* value) {
        throw unsupported("printing what the filter '" + std::string(value->what) +
                          "' gives, without |list,");
    }
    void put(Loop*) { throw unsupported("printing the loop"); }
    void put(Function) { throw unsupported("printing a function"); }
    void put(Cycler*) { throw unsupported("printing a cycler"); }
    void put(Joiner*) { throw unsupported("printing a joiner without calling it"); }

    Context& context_;
    Text out_;
    int depth_ = 0;
};

}  // namespace

Text to_text(Context& context, const Value& value) {
    if (const String* string = value.string()) {
        context.budget.bytes(string->text.weight());
        return string->text;
    }
    if (value.is_undefined()) return {};
    ReprWriter writer(context);
    writer.write(value);
    Text text = writer.take();
    const bool scalar = value.is_number() || value.is_none();
    return scalar ? Text(text.bytes(), Origin::from_template) : text;
}

Text repr(Context& context, const Value& value) {
    ReprWriter writer(context);
    writer.write(value);
    return writer.take();
}

// source: CPython Objects/floatobject.c, float_repr_style 'r': the exponent form is used from 1e16
// up and below 1e-4.
std::string float_repr(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    char buffer[400];
    const double magnitude = std::abs(value);
    const bool exponent = magnitude != 0 && (magnitude >= 1e16 || magnitude < 1e-4);
    const auto format = exponent ? std::chars_format::scientific : std::chars_format::fixed;
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value, format).ptr;
    std::string out(std::begin(buffer), end);
    if (!exponent && out.find('.') == std::string::npos) out += ".0";
    return out;
}

}  // namespace quire::jinja
