// "%-5s|%03d" % values. source: Python's documentation, "printf-style String Formatting".
#include <algorithm>
#include <cmath>

#include "lib/chat/jinja/methods/format.h"
#include "lib/chat/jinja/methods/format_spec.h"
#include "lib/chat/jinja/values/arithmetic.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

class PercentFormatter {
  public:
    PercentFormatter(Context& context, const String& format, const Value& values)
        : context_(context), format_(format), values_(values) {
        const Sequence* sequence = values.sequence();
        if (sequence && sequence->kind == SequenceKind::tuple) tuple_ = sequence;
    }

    Text run() {
        const std::string_view bytes = format_.text.bytes();
        Text out;
        while (at_ < bytes.size()) {
            const std::size_t sign = std::min(bytes.find('%', at_), bytes.size());
            out.append(format_.text, at_, sign);
            at_ = sign;
            if (at_ == bytes.size()) break;
            ++at_;
            out.append(conversion(bytes));
        }
        check_all_used();
        return out;
    }

  private:
    char peek(std::string_view bytes) const {
        if (at_ == bytes.size()) throw type_failure("a format that ends after %");
        return bytes[at_];
    }

    Text conversion(std::string_view bytes) {
        context_.budget.steps(1);
        FormatSpec spec;
        spec.align = '>';
        std::optional<Value> named;
        if (peek(bytes) == '(') named = named_value(bytes);
        read_flags(bytes, spec);
        if (const auto width = number(bytes)) set_width(spec, *width);
        if (peek(bytes) == '.') {
            ++at_;
            spec.precision = static_cast<int>(std::max<std::int64_t>(number(bytes).value_or(0), 0));
        }
        while (std::string_view("hlL").find(peek(bytes)) != std::string_view::npos) ++at_;
        spec.type = peek(bytes);
        ++at_;
        if (spec.type == '%') return Text("%", Origin::from_template);
        return shown(named ? *named : next_value(), spec);
    }

    void read_flags(std::string_view bytes, FormatSpec& spec) {
        bool left = false;
        for (;; ++at_) {
            const char flag = peek(bytes);
            if (flag == '-') {
                left = true;
            } else if (flag == '+') {
                spec.sign = '+';
            } else if (flag == ' ') {
                if (spec.sign != '+') spec.sign = ' ';
            } else if (flag == '0') {
                spec.zero = true;
            } else if (flag == '#') {
                spec.alternate = true;
            } else {
                break;
            }
        }
        if (left) spec.align = '<';
        if (left) spec.zero = false;
    }

    static void set_width(FormatSpec& spec, std::int64_t width) {
        if (width < 0) {
            spec.align = '<';
            spec.zero = false;
            width = -width;
        }
        if (width > static_cast<std::int64_t>(kMaxTextBytes)) {
            throw Failure(ErrorCode::model, "a format wider than the longest text");
        }
        spec.width = static_cast<std::size_t>(width);
    }

    // A number in digits, or * for one of the values.
    std::optional<std::int64_t> number(std::string_view bytes) {
        if (peek(bytes) == '*') {
            ++at_;
            const std::optional<std::int64_t> value = next_value().integer();
            if (!value) throw type_failure("* in a format needs an integer");
            return value;
        }
        std::int64_t value = 0;
        const std::size_t begin = at_;
        for (; peek(bytes) >= '0' && peek(bytes) <= '9'; ++at_) {
            value = std::min<std::int64_t>(value * 10 + (bytes[at_] - '0'), std::int64_t{1} << 40);
        }
        return begin == at_ ? std::nullopt : std::optional(value);
    }

    Value named_value(std::string_view bytes) {
        const std::size_t end = bytes.find(')', at_);
        if (end == std::string_view::npos) throw type_failure("a format with '(' and no ')'");
        const Dict* dict = values_.dict();
        if (!dict) throw type_failure("a format with names needs a dict");
        const std::string_view name = bytes.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        const Value* found = dict->find(name);
        if (!found) throw type_failure("a format with a name that is not in the dict");
        return *found;
    }

    Value next_value() {
        const std::size_t count = tuple_ ? tuple_->items.size() : 1;
        if (used_ >= count) throw type_failure("not enough values for the format");
        Value value = tuple_ ? tuple_->items[used_] : values_;
        ++used_;
        return value;
    }

    void check_all_used() const {
        const bool is_mapping = values_.dict() || (values_.sequence() && !tuple_) ||
                                values_.is_undefined() || values_.name_space();
        const std::size_t count = tuple_ ? tuple_->items.size() : 1;
        if (!is_mapping && used_ < count) throw type_failure("more values than the format takes");
    }

    Text shown(const Value& value, const FormatSpec& spec) {
        if (spec.type == 's' || spec.type == 'r' || spec.type == 'a') return text(value, spec);
        if (spec.type == 'c' && value.string()) {
            if (value.string()->n_chars != 1) throw type_failure("%c needs one character");
            return text(value, spec);
        }
        if (std::string_view("diuxXoceEfFgG").find(spec.type) == std::string_view::npos) {
            throw type_failure("an unknown format type");
        }
        return number_text(value, spec);
    }

    Text text(const Value& value, FormatSpec spec) {
        if (spec.type == 'a') throw unsupported("the format %a");
        Text text = spec.type == 'r' ? repr(context_, value) : to_text(context_, value);
        if (format_.markup && !value.is_markup()) text = escaped(text);
        spec.type = 's';
        spec.sign = '-';
        spec.zero = spec.alternate = false;
        return format_value(context_, make_text(context_, std::move(text)), spec);
    }

    Text number_text(const Value& value, FormatSpec spec) {
        if (!value.is_number()) {
            refuse_undefined(value);
            throw type_failure(std::string("%") + spec.type + " wants a number, found " +
                               std::string(value.type_name()));
        }
        if (spec.zero) spec.align = 0;
        if (std::string_view("eEfFgG").find(spec.type) != std::string_view::npos) {
            return format_value(context_, value, spec);
        }
        const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
        Value whole = value;
        if (const double* number = value.get<double>()) {
            if (!decimal) throw type_failure("%x, %o and %c need an integer");
            if (!std::isfinite(*number)) throw type_failure("%d of a number that is not finite");
            whole =
                make_integer(*number < 0 ? "-" + whole_digits(-*number) : whole_digits(*number));
        }
        if (decimal) spec.type = 'd';
        if (spec.precision && spec.type != 'c') {
            throw unsupported("a precision in the format of an integer");
        }
        spec.precision.reset();
        return format_value(context_, whole, spec);
    }

    Context& context_;
    const String& format_;
    const Value& values_;
    const Sequence* tuple_ = nullptr;
    std::size_t at_ = 0;
    std::size_t used_ = 0;
};

}  // namespace

Value format_percent(Context& context, const String& format, const Value& values) {
    return make_like(context, format, PercentFormatter(context, format, values).run());
}

}  // namespace quire::jinja
