#include "lib/chat/jinja/values/to_json.h"

#include <algorithm>
#include <cmath>

#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/unicode.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

class JsonWriter {
  public:
    JsonWriter(Context& context, const JsonStyle& style) : context_(context), style_(style) {}

    Text take() { return std::move(out_); }

    // Recursion is bounded by kMaxValueDepth.
    void write(const Value& value) {
        context_.budget.steps(1);
        if (const String* string = value.string()) {
            write_string(string->text.bytes());
        } else if (const Sequence* sequence = value.sequence();
                   sequence && (sequence->kind == SequenceKind::list ||
                                sequence->kind == SequenceKind::tuple)) {
            write_list(*sequence);
        } else if (const Dict* dict = value.dict()) {
            write_dict(*dict);
        } else if (const std::optional<std::string> word = scalar(value)) {
            append(*word);
        } else {
            refuse_undefined(value);
            throw type_failure("a value of type " + std::string(value.type_name()) +
                               " has no JSON");
        }
    }

  private:
    void append(std::string_view bytes) { out_.append(bytes, Origin::from_data); }

    static std::optional<std::string> scalar(const Value& value) {
        if (value.is_none()) return "null";
        if (const bool* truth = value.get<bool>()) return *truth ? "true" : "false";
        if (const std::optional<std::int64_t> integer = value.integer()) {
            return std::to_string(*integer);
        }
        if (const BigInteger* big = value.big()) return big->digits;
        const double* number = value.get<double>();
        if (!number) return std::nullopt;
        if (std::isnan(*number)) return "NaN";
        if (std::isinf(*number)) return *number < 0 ? "-Infinity" : "Infinity";
        return float_repr(*number);
    }

    void new_line() {
        if (!style_.indent) return;
        append("\n");
        for (int i = 0; i < level_; ++i) append(*style_.indent);
    }

    void write_list(const Sequence& list) {
        if (list.items.empty()) return append("[]");
        append("[");
        ++level_;
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            if (i > 0) append(style_.item_separator);
            new_line();
            write(list.items[i]);
        }
        --level_;
        new_line();
        append("]");
    }

    void write_dict(const Dict& dict) {
        if (dict.size() == 0) return append("{}");
        std::vector<const Dict::Entry*> entries;
        for (const Dict::Entry& entry : dict.entries()) entries.push_back(&entry);
        if (style_.sort_keys) {
            std::stable_sort(entries.begin(), entries.end(), [&](const auto* a, const auto* b) {
                return less(context_.budget, a->key, b->key);
            });
        }
        append("{");
        ++level_;
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (i > 0) append(style_.item_separator);
            new_line();
            write_key(entries[i]->key);
            append(style_.key_separator);
            write(entries[i]->value);
        }
        --level_;
        new_line();
        append("}");
    }

    void write_key(const Value& key) {
        if (const String* string = key.string()) return write_string(string->text.bytes());
        const std::optional<std::string> word = scalar(key);
        if (!word) {
            throw type_failure("a key of type " + std::string(key.type_name()) + " has no JSON");
        }
        append("\"" + *word + "\"");
    }

    void write_string(std::string_view bytes) {
        context_.budget.bytes(bytes.size());
        append("\"");
        for (std::size_t at = 0; at < bytes.size();) {
            const std::size_t begin = at;
            const char32_t code_point = next_char(bytes, at);
            write_char(code_point, bytes.substr(begin, at - begin));
        }
        append("\"");
    }

    void write_char(char32_t code_point, std::string_view bytes) {
        switch (code_point) {
            case '"':
                return append("\\\"");
            case '\\':
                return append("\\\\");
            case '\n':
                return append("\\n");
            case '\r':
                return append("\\r");
            case '\t':
                return append("\\t");
            case '\b':
                return append("\\b");
            case '\f':
                return append("\\f");
            default:
                break;
        }
        const bool plain = code_point >= 0x20 && (!style_.ensure_ascii || code_point < 0x7F);
        if (plain) return append(bytes);
        if (code_point < 0x10000) return write_unit(code_point);
        write_unit(0xD800 + ((code_point - 0x10000) >> 10));
        write_unit(0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }

    void write_unit(char32_t unit) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4)
            append(kDigits.substr((unit >> shift) & 0xF, 1));
    }

    Context& context_;
    const JsonStyle& style_;
    Text out_;
    int level_ = 0;
};

}  // namespace

Text to_json(Context& context, const Value& value, const JsonStyle& style) {
    JsonWriter writer(context, style);
    writer.write(value);
    return writer.take();
}

}  // namespace quire::jinja
