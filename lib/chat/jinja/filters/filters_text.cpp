// Filters that return strings. Unlike the methods of the same names, they accept any value and use
// its text.
#include <algorithm>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/to_json.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

// soft_str of jinja2: the text of the value, as markup if the value is markup.
Value made(const FilterCall& call, Text text) {
    const String* input = call.input.string();
    return input ? make_like(call.context, *input, std::move(text))
                 : make_text(call.context, std::move(text));
}

Value trim(const FilterCall& call) {
    const Bound bound(call.name, call.arguments, {"chars"});
    const Text text = to_text(call.context, call.input);
    std::optional<std::string_view> chars;
    if (const String* given = bound.string(0)) {
        chars = given->text.bytes();
        call.context.budget.search(text.size(), chars->size());
    }
    return made(call, strip(text, chars, {}));
}

Value change_case(const FilterCall& call) {
    const Bound none(call.name, call.arguments, {});
    const Text text = to_text(call.context, call.input);
    if (call.name == "capitalize") return made(call, capitalize(text));
    if (call.name == "title") return make_text(call.context, title_of_pieces(text));
    const CharCase to = call.name == "upper" ? CharCase::upper : CharCase::lower;
    return made(call, with_case(text, to));
}

Value replace_filter(const FilterCall& call) {
    const Bound bound("replace", call.arguments, {"old", "new", "count"});
    const Text text = to_text(call.context, call.input);
    const Text old = to_text(call.context, bound.required(0));
    const Text by = to_text(call.context, bound.required(1));
    call.context.budget.search(text.size(), old.size());
    return make_text(call.context, replace(text, old.bytes(), by, bound.integer(2).value_or(-1)));
}

Value join(const FilterCall& call) {
    const Bound bound("join", call.arguments, {"d", "attribute"});
    const Text between = to_text(call.context, bound.value_or(0, Value::literal("")));
    const Value attribute = bound.value_or(1, Value());
    Text out;
    bool first = true;
    const std::shared_ptr<const Sequence> walked = iterate(call.context, call.input);
    for (const Value& item : walked->items) {
        call.context.budget.bytes(between.weight());
        if (!first) out.append(between);
        out.append(to_text(call.context, get_path(call.context, item, attribute)));
        first = false;
    }
    return make_text(call.context, std::move(out));
}

Text indentation_of(const Bound& bound) {
    if (bound.given(0) && bound.required(0).string()) return bound.required(0).string()->text;
    const std::int64_t width = bound.integer_or(0, 4);
    if (width > static_cast<std::int64_t>(kMaxTextBytes)) throw unsupported("such a wide indent");
    return Text(std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' '),
                Origin::from_template);
}

Value indent(const FilterCall& call) {
    const Bound bound("indent", call.arguments, {"width", "first", "blank"});
    refuse_undefined(call.input);
    const String* input = call.input.string();
    if (!input) throw type_failure("indent of a " + std::string(call.input.type_name()));
    const Text indentation = indentation_of(bound);
    call.context.budget.steps(input->text.size() / 4);
    // Adding a line break at the end preserves an empty last line.
    Text text = input->text;
    text.append("\n", Origin::from_data);
    const bool blank_too = bound.truth_or(2, false);
    Text out;
    bool first = true;
    for (const Text& line : split_lines(text, false)) {
        call.context.budget.bytes(indentation.weight());
        if (!first) out.append("\n", Origin::from_data);
        const bool wanted = first ? bound.truth_or(1, false) : blank_too || !line.empty();
        if (wanted) out.append(indentation);
        out.append(line);
        first = false;
    }
    return made(call, std::move(out));
}

Value string(const FilterCall& call) {
    const Bound none(call.name, call.arguments, {});
    return made(call, to_text(call.context, call.input));
}

std::string separator_at(const Sequence& separators, std::size_t index) {
    const String* separator = separators.items[index].string();
    if (!separator) throw type_failure("tojson(): expected strings as separators");
    return std::string(separator->text.bytes());
}

std::optional<std::string> json_indent(const Bound& bound, std::size_t index) {
    const Value indentation = bound.value_or(index, Value());
    if (indentation.is_none()) return std::nullopt;
    if (const String* given = indentation.string()) return std::string(given->text.bytes());
    constexpr std::int64_t kMaxIndent = 1000;
    const std::int64_t width = bound.integer_or(index, 0);
    if (width > kMaxIndent) throw unsupported("such a wide indent of tojson");
    return std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
}

Value tojson(const FilterCall& call) {
    const Bound bound("tojson", call.arguments,
                      {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.ensure_ascii = bound.truth_or(0, false);
    style.indent = json_indent(bound, 1);
    style.sort_keys = bound.truth_or(3, false);
    if (style.indent) style.item_separator = ",";
    const Value separators = bound.value_or(2, Value());
    if (const Sequence* pair = separators.sequence(); pair && pair->items.size() == 2) {
        style.item_separator = separator_at(*pair, 0);
        style.key_separator = separator_at(*pair, 1);
    } else if (!separators.is_none()) {
        throw type_failure("tojson(): expected a pair of strings as separators");
    }
    return make_text(call.context, to_json(call.context, call.input, style));
}

constexpr FilterEntry kTextFilters[] = {
    {"capitalize", change_case}, {"indent", indent},          {"join", join},
    {"lower", change_case},      {"replace", replace_filter}, {"string", string},
    {"title", change_case},      {"tojson", tojson},          {"trim", trim},
    {"upper", change_case},
};

}  // namespace

std::span<const FilterEntry> text_filters() {
    return kTextFilters;
}

}  // namespace quire::jinja
