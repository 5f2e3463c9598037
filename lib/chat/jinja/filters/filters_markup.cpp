// Filters for HTML and URLs.
#include <algorithm>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

Value safe(const FilterCall& call) {
    const Bound none(call.name, call.arguments, {});
    return make_markup(call.context, to_text(call.context, call.input));
}

Value escape(const FilterCall& call) {
    const Bound none(call.name, call.arguments, {});
    if (call.name != "forceescape" && call.input.is_markup()) return call.input;
    return make_markup(call.context, escaped(to_text(call.context, call.input)));
}

bool is_unreserved(char c, bool slash) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-~").find(c) != std::string_view::npos || (slash && c == '/');
}

// source: jinja2/utils.py, url_quote.
Text url_quoted(Context& context, const Value& value, bool in_query) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const Text text = to_text(context, value);
    context.budget.steps(text.size() / 4);
    Text out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text.bytes()[i];
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c, !in_query)) {
            out.append(text, i, i + 1);
        } else if (in_query && c == ' ') {
            out.append("+", text.origin_at(i));
        } else {
            const char coded[] = {'%', kDigits[byte >> 4], kDigits[byte & 15]};
            out.append({coded, 3}, text.origin_at(i));
        }
    }
    return out;
}

Value urlencode(const FilterCall& call) {
    const Bound none(call.name, call.arguments, {});
    const bool is_plain = call.input.string() || !is_iterable(call.input);
    if (is_plain) return make_text(call.context, url_quoted(call.context, call.input, false));
    Text out;
    const auto add = [&](const Value& key, const Value& value) {
        if (!out.empty()) out.append("&", Origin::from_data);
        out.append(url_quoted(call.context, key, true));
        out.append("=", Origin::from_data);
        out.append(url_quoted(call.context, value, true));
    };
    if (const Dict* dict = call.input.dict()) {
        for (const Dict::Entry& entry : dict->entries()) add(entry.key, entry.value);
        return make_text(call.context, std::move(out));
    }
    const std::shared_ptr<const Sequence> pairs = iterate(call.context, call.input);
    for (const Value& pair : pairs->items) {
        const std::shared_ptr<const Sequence> two = iterate(call.context, pair);
        if (two->items.size() != 2) throw type_failure("urlencode() takes pairs");
        add(two->items[0], two->items[1]);
    }
    return make_text(call.context, std::move(out));
}

Value xmlattr(const FilterCall& call) {
    const Bound bound("xmlattr", call.arguments, {"autospace"});
    const Dict* dict = call.input.dict();
    if (!dict) throw type_failure("xmlattr of a " + std::string(call.input.type_name()));
    Text out;
    for (const Dict::Entry& entry : dict->entries()) {
        if (entry.value.is_none() || entry.value.is_undefined()) continue;
        const String* key = entry.key.string();
        if (!key || key->text.bytes().find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos) {
            throw type_failure(
                "xmlattr(): a character that is not allowed in the name of an attribute");
        }
        if (!out.empty() || bound.truth_or(0, true)) out.append(" ", Origin::from_data);
        const auto add = [&](const Value& value) {
            const Text text = to_text(call.context, value);
            out.append(value.is_markup() ? text : escaped(text));
        };
        add(entry.key);
        out.append("=\"", Origin::from_data);
        add(entry.value);
        out.append("\"", Origin::from_data);
    }
    return make_text(call.context, std::move(out));
}

constexpr FilterEntry kMarkupFilters[] = {
    {"e", escape},  {"escape", escape},       {"forceescape", escape},
    {"safe", safe}, {"urlencode", urlencode}, {"xmlattr", xmlattr},
};

}  // namespace

std::span<const FilterEntry> markup_filters() {
    return kMarkupFilters;
}

}  // namespace quire::jinja
