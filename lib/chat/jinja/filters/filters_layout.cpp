// Filters that fit a string into a width or format.
#include <algorithm>
#include <cmath>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/methods/format.h"
#include "lib/chat/jinja/methods/format_spec.h"
#include "lib/chat/jinja/methods/justify.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

// The value as a string, which is markup if the value is.
String soft_string(const FilterCall& call) {
    if (const String* string = call.input.string()) return *string;
    Text text = to_text(call.context, call.input);
    const std::size_t n_chars = count_chars(text.bytes());
    return {std::move(text), n_chars, false};
}

Value center(const FilterCall& call) {
    const Bound bound("center", call.arguments, {"width"});
    const String string = soft_string(call);
    const Text space(" ", Origin::from_template);
    return make_like(call.context, string,
                     justified(call.context, string, {bound.integer_or(0, 80), "center", space}));
}

Value format_filter(const FilterCall& call) {
    if (!call.arguments.positional.empty() && !call.arguments.named.empty()) {
        throw type_failure("format(): both positional and named values");
    }
    const String format = soft_string(call);
    if (call.arguments.named.empty()) {
        return format_percent(call.context, format,
                              make_tuple(call.context, call.arguments.positional));
    }
    Dict dict;
    for (const auto& [name, value] : call.arguments.named) {
        dict.set(call.context.budget, name, value);
    }
    return format_percent(call.context, format, make_dict(call.context, std::move(dict)));
}

// The size in bytes of the first n_chars characters.
std::size_t bytes_of_front(const Text& text, std::int64_t n_chars) {
    return byte_of_char(text.bytes(), static_cast<std::size_t>(std::max<std::int64_t>(n_chars, 0)));
}

Value truncate(const FilterCall& call) {
    const Bound bound("truncate", call.arguments, {"length", "killwords", "end", "leeway"});
    refuse_undefined(call.input);
    const String* input = call.input.string();
    if (!input) throw type_failure("truncate of a " + std::string(call.input.type_name()));
    const std::int64_t length = bound.integer_or(0, 255);
    const std::int64_t leeway = bound.integer(3).value_or(5);  // source: jinja2/defaults.py
    const Text end =
        bound.given(2) ? bound.required_string(2).text : Text("...", Origin::from_template);
    const auto end_chars = static_cast<std::int64_t>(count_chars(end.bytes()));
    if (length < end_chars || leeway < 0) throw type_failure("truncate(): length too small");
    if (static_cast<std::int64_t>(input->n_chars) <= length + leeway) return call.input;
    Text out = input->text.slice(0, bytes_of_front(input->text, length - end_chars));
    if (!bound.truth_or(1, false)) {
        const std::size_t space = out.bytes().rfind(' ');
        if (space != std::string_view::npos) out = out.slice(0, space);
    }
    const bool plain_end = !bound.given(2) || !bound.required(2).is_markup();
    out.append(input->markup && plain_end ? escaped(end) : end);
    return make_like(call.context, *input, std::move(out));
}

// Counts runs of letters, digits and underscores (\w+ in Python).
Value wordcount(const FilterCall& call) {
    const Bound none("wordcount", call.arguments, {});
    const String string = soft_string(call);
    const std::string_view bytes = string.text.bytes();
    call.context.budget.steps(bytes.size() / 4);
    std::int64_t n_words = 0;
    bool in_word = false;
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t begin = at;
        const char32_t c = next_char(bytes, at);
        const bool is_word = c == '_' || is_alphanumeric(bytes.substr(begin, at - begin));
        if (is_word && !in_word) ++n_words;
        in_word = is_word;
    }
    return Value(n_words);
}

Value filesizeformat(const FilterCall& call) {
    const Bound bound("filesizeformat", call.arguments, {"binary"});
    const bool binary = bound.truth_or(0, false);
    refuse_undefined(call.input);
    const Value number = apply_filter(call.context, "float", call.input, {});
    const double bytes = *number.number();
    if (call.input.string() && bytes == 0 && call.input.string()->text.bytes() != "0") {
        throw type_failure("filesizeformat of a string that is not a number");
    }
    const double base = binary ? 1024 : 1000;
    const auto text = [&](const std::string& shown) {
        return make_text(call.context, Text(shown, Origin::from_template));
    };
    if (bytes == 1) return text("1 Byte");
    if (!std::isfinite(bytes)) throw type_failure("filesizeformat of a number that is not finite");
    if (bytes < base) return text(std::to_string(static_cast<std::int64_t>(bytes)) + " Bytes");
    constexpr std::string_view kPrefixes = "kMGTPEZY";
    double unit = base;
    std::size_t i = 0;
    do unit *= base;
    while (bytes >= unit && ++i < kPrefixes.size());
    i = std::min(i, kPrefixes.size() - 1);
    std::string prefix(1, kPrefixes[i]);
    if (binary) prefix = (i == 0 ? "K" : prefix) + std::string("i");
    return text(float_digits(base * bytes / unit, 'f', 1, false) + " " + prefix + "B");
}

Value attribute(const FilterCall& call) {
    const Bound bound("attr", call.arguments, {"name"});
    const std::string_view name = bound.required_string(0).text.bytes();
    // Unlike the dot, attr does not look for elements.
    if (call.input.dict() && call.input.dict()->find(name)) {
        throw unsupported("the filter 'attr' with the name of an element");
    }
    return get_attribute(call.context, call.input, name);
}

constexpr FilterEntry kLayoutFilters[] = {
    {"attr", attribute},       {"center", center},     {"filesizeformat", filesizeformat},
    {"format", format_filter}, {"truncate", truncate}, {"wordcount", wordcount},
};

}  // namespace

std::span<const FilterEntry> layout_filters() {
    return kLayoutFilters;
}

}  // namespace quire::jinja
