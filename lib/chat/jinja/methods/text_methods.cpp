// The methods of strings. text_ops.h does the work.
#include <array>

#include "lib/chat/jinja/methods/format.h"
#include "lib/chat/jinja/methods/justify.h"
#include "lib/chat/jinja/methods/methods.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

struct Call {
    Context& context;
    const String& self;
    std::string_view name;
    const Arguments& arguments;

    const Text& text() const { return self.text; }
    // The result of a method is markup if the string is.
    Value made(Text text) const { return make_like(context, self, std::move(text)); }
    // Escapes a text that is inserted into markup.
    Text taken(const Text& text, bool is_markup) const {
        return self.markup && !is_markup ? escaped(text) : text;
    }
};

using Handler = Value (*)(const Call& call);

Value list_of(const Call& call, std::vector<Text> parts) {
    std::vector<Value> items;
    items.reserve(parts.size());
    for (Text& part : parts) items.push_back(call.made(std::move(part)));
    return make_list(call.context, std::move(items));
}

Value strip_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {""});
    const String* chars = bound.string(0);
    std::optional<std::string_view> set;
    if (chars) {
        set = chars->text.bytes();
        call.context.budget.search(call.text().size(), set->size());
    }
    const Ends ends{call.name != "rstrip", call.name != "lstrip"};
    return call.made(strip(call.text(), set, ends));
}

Value split_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"sep", "maxsplit"});
    std::optional<std::string_view> separator;
    // Charge for the parts before they are made: each takes far more memory than its share of the
    // text.
    std::uint64_t most_parts = call.text().size() / 4;
    if (const String* given = bound.string(0)) {
        separator = given->text.bytes();
        if (separator->empty()) throw type_failure("split() by an empty separator");
        call.context.budget.search(call.text().size(), separator->size());
        most_parts = static_cast<std::uint64_t>(count_of(call.text().bytes(), *separator));
    }
    call.context.budget.steps(most_parts);
    const From from = call.name == "split" ? From::left : From::right;
    return list_of(call, split(call.text(), separator, bound.integer_or(1, -1), from));
}

Value split_lines_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"keepends"});
    call.context.budget.steps(call.text().size() / 4);
    return list_of(call, split_lines(call.text(), bound.integer_or(0, 0) != 0));
}

Value partition_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {""});
    const Text& separator = bound.required_string(0).text;
    if (separator.empty()) throw type_failure("partition() by an empty separator");
    call.context.budget.search(call.text().size(), separator.size());
    const bool left = call.name == "partition";
    const std::string_view bytes = call.text().bytes();
    const std::size_t at = left ? bytes.find(separator.bytes()) : bytes.rfind(separator.bytes());
    std::array<Text, 3> parts;
    if (at == std::string_view::npos) {
        parts[left ? 0 : 2] = call.text();
    } else {
        parts = {call.text().slice(0, at), separator, call.text().slice(at + separator.size())};
    }
    std::vector<Value> items;
    items.reserve(parts.size());
    for (Text& part : parts) items.push_back(call.made(std::move(part)));
    return make_tuple(call.context, std::move(items));
}

Value case_method(const Call& call) {
    const Bound none(call.name, call.arguments, {});
    if (call.name == "capitalize") return call.made(capitalize(call.text()));
    if (call.name == "title") return call.made(title_of_words(call.text()));
    const CharCase to = call.name == "upper" ? CharCase::upper : CharCase::lower;
    return call.made(with_case(call.text(), to));
}

// The part of the string selected by the optional start and end, which are arguments 1 and 2.
struct Window {
    std::size_t begin_char = 0;
    std::string_view bytes;
    bool beyond = false;  // start is after the end of the string or after `end`
};

Window window_of(const Call& call, const Bound& bound) {
    const auto length = static_cast<std::int64_t>(call.self.n_chars);
    const std::optional<std::int64_t> start = bound.integer(1);
    const SlicePlan plan = plan_slice(length, start, bound.integer(2), std::nullopt);
    const std::string_view bytes = call.text().bytes();
    Window window;
    window.begin_char = static_cast<std::size_t>(plan.start);
    window.bytes = bytes.substr(byte_of_char(bytes, window.begin_char));
    window.bytes =
        window.bytes.substr(0, byte_of_char(window.bytes, static_cast<std::size_t>(plan.count)));
    window.beyond = start.value_or(0) > length || plan.stop < plan.start;
    return window;
}

Value find_text_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"", "", ""});
    const std::string_view part = bound.required_string(0).text.bytes();
    call.context.budget.search(call.text().size(), part.size());
    const Window window = window_of(call, bound);
    const bool from_left = call.name == "find" || call.name == "index";
    std::size_t at = from_left ? window.bytes.find(part) : window.bytes.rfind(part);
    if (window.beyond) at = std::string_view::npos;
    if (at == std::string_view::npos) {
        if (call.name.ends_with("index")) throw type_failure("index(): the text is not there");
        return Value(std::int64_t{-1});
    }
    const std::size_t chars = window.begin_char + count_chars(window.bytes.substr(0, at));
    return Value(static_cast<std::int64_t>(chars));
}

Value count_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"", "", ""});
    const std::string_view part = bound.required_string(0).text.bytes();
    call.context.budget.search(call.text().size(), part.size());
    const Window window = window_of(call, bound);
    return Value(window.beyond ? std::int64_t{0} : count_of(window.bytes, part));
}

Value starts_or_ends_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"", "", ""});
    const Window window = window_of(call, bound);
    const auto fits = [&](const String& part) {
        const std::string_view bytes = part.text.bytes();
        call.context.budget.bytes(bytes.size());
        return !window.beyond && (call.name == "startswith" ? window.bytes.starts_with(bytes)
                                                            : window.bytes.ends_with(bytes));
    };
    const Sequence* several = bound.required(0).sequence();
    if (!several || several->kind != SequenceKind::tuple) {
        return Value(fits(bound.required_string(0)));
    }
    for (const Value& item : several->items) {
        if (!item.string()) throw type_failure(std::string(call.name) + "() takes strings");
        if (fits(*item.string())) return Value(true);
    }
    return Value(false);
}

Value replace_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"", "", ""});
    const Text& old = bound.required_string(0).text;
    const String& by = bound.required_string(1);
    call.context.budget.search(call.text().weight(), old.size());
    return call.made(
        replace(call.text(), old.bytes(), call.taken(by.text, by.markup), bound.integer_or(2, -1)));
}

Value remove_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {""});
    const std::string_view part = bound.required_string(0).text.bytes();
    const std::string_view bytes = call.text().bytes();
    std::size_t begin = 0;
    std::size_t end = bytes.size();
    if (call.name == "removeprefix" && bytes.starts_with(part)) begin = part.size();
    if (call.name == "removesuffix" && bytes.ends_with(part)) end -= part.size();
    return call.made(call.text().slice(begin, end));
}

Value join_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {""});
    Text out;
    bool first = true;
    const std::shared_ptr<const Sequence> walked = iterate(call.context, bound.required(0));
    for (const Value& item : walked->items) {
        if (call.self.markup && !item.string()) {
            throw unsupported("join() of markup with values that are not strings");
        }
        const String* part = item.string();
        if (!part) {
            throw type_failure("join() takes strings, found " + std::string(item.type_name()));
        }
        call.context.budget.bytes(part->text.weight() + call.text().weight());
        if (!first) out.append(call.text());
        out.append(call.taken(part->text, part->markup));
        first = false;
    }
    return call.made(std::move(out));
}

Value class_method(const Call& call) {
    const Bound none(call.name, call.arguments, {});
    const std::string_view bytes = call.text().bytes();
    if (call.name == "isalpha") return Value(all_of(bytes, CharClass::alpha));
    if (call.name == "isdigit") return Value(all_of(bytes, CharClass::digit));
    if (call.name == "isdecimal") return Value(all_of(bytes, CharClass::decimal));
    if (call.name == "isnumeric") return Value(all_of(bytes, CharClass::numeric));
    if (call.name == "isspace") return Value(all_of(bytes, CharClass::space));
    if (call.name == "isalnum") return Value(is_alphanumeric(bytes));
    if (call.name == "islower") return Value(is_lower(bytes));
    if (call.name == "isupper") return Value(is_upper(bytes));
    if (call.name == "isascii") return Value(call.self.n_chars == bytes.size());
    return Value(bytes.empty() || all_of(bytes, CharClass::printable));  // isprintable
}

// center, ljust and rjust: pad the string to a width.
Value justify_method(const Call& call) {
    const Bound bound(call.name, call.arguments, {"", ""});
    bound.required(0);
    const std::int64_t width = bound.integer_or(0, 0);
    Text fill(" ", Origin::from_template);
    if (bound.given(1)) {
        const String& given = bound.required_string(1);
        fill = call.taken(given.text, given.markup);
    }
    if (count_chars(fill.bytes()) != 1)
        throw type_failure(std::string(call.name) + "(): a fill of one character");
    return call.made(justified(call.context, call.self, {width, call.name, fill}));
}

Value zfill_method(const Call& call) {
    const Bound bound("zfill", call.arguments, {""});
    bound.required(0);
    const std::int64_t width = bound.integer_or(0, 0);
    const std::string_view bytes = call.text().bytes();
    const bool has_sign = bytes.starts_with('-') || bytes.starts_with('+');
    const Text digits = call.text().slice(has_sign ? 1 : 0);
    const auto sign_size = static_cast<std::int64_t>(has_sign ? 1 : 0);
    const String unsigned_part{digits, call.self.n_chars - static_cast<std::size_t>(sign_size),
                               false};
    Text out = call.text().slice(0, has_sign ? 1 : 0);
    out.append(justified(call.context, unsigned_part,
                         {width - sign_size, "rjust", Text("0", Origin::from_data)}));
    return call.made(std::move(out));
}

Value swap_case_method(const Call& call) {
    const Bound none(call.name, call.arguments, {});
    call.context.budget.steps(call.self.n_chars);
    Text out;
    for (const Text& character : characters(call.text())) {
        const bool upper = is_upper(character.bytes());
        out.append(with_case(character, upper ? CharCase::lower : CharCase::upper));
    }
    return call.made(std::move(out));
}

Value expand_tabs_method(const Call& call) {
    const Bound bound("expandtabs", call.arguments, {"tabsize"});
    const std::int64_t size = bound.integer_or(0, 8);
    call.context.budget.steps(call.self.n_chars);
    Text out;
    std::int64_t column = 0;
    for (const Text& character : characters(call.text())) {
        if (character.bytes() == "\t") {
            const std::int64_t n = size > 0 ? size - column % size : 0;
            if (n > static_cast<std::int64_t>(kMaxTextBytes)) throw unsupported("such a wide tab");
            call.context.budget.bytes(static_cast<std::size_t>(n));
            out.append(std::string(static_cast<std::size_t>(n), ' '), Origin::from_data);
            column += n;
        } else {
            out.append(character);
            column = character.bytes() == "\n" || character.bytes() == "\r" ? 0 : column + 1;
        }
    }
    return call.made(std::move(out));
}

Value format_method(const Call& call) {
    if (call.name == "format") return format_fields(call.context, call.self, call.arguments);
    const Bound bound("format_map", call.arguments, {""});
    const Dict* dict = bound.required(0).dict();
    if (!dict) throw type_failure("format_map() takes a dict");
    Arguments arguments;
    for (const Dict::Entry& entry : dict->entries()) {
        if (!entry.key.string()) continue;
        call.context.budget.steps(1);
        arguments.named.emplace_back(entry.key.string()->text.bytes(), entry.value);
    }
    return format_fields(call.context, call.self, arguments);
}

Value fold_method(const Call& call) {
    const Bound none(call.name, call.arguments, {});
    if (call.self.n_chars != call.text().size()) {
        throw unsupported("casefold() of a string that is not ASCII");
    }
    return call.made(with_case(call.text(), CharCase::lower));
}

struct MethodEntry {
    std::string_view name;
    Handler handler;
};

constexpr MethodEntry kMethods[] = {
    {"capitalize", case_method},
    {"casefold", fold_method},
    {"center", justify_method},
    {"count", count_method},
    {"endswith", starts_or_ends_method},
    {"expandtabs", expand_tabs_method},
    {"find", find_text_method},
    {"format", format_method},
    {"format_map", format_method},
    {"index", find_text_method},
    {"isalnum", class_method},
    {"isalpha", class_method},
    {"isascii", class_method},
    {"isdecimal", class_method},
    {"isdigit", class_method},
    {"islower", class_method},
    {"isnumeric", class_method},
    {"isprintable", class_method},
    {"isspace", class_method},
    {"isupper", class_method},
    {"join", join_method},
    {"ljust", justify_method},
    {"lower", case_method},
    {"lstrip", strip_method},
    {"partition", partition_method},
    {"removeprefix", remove_method},
    {"removesuffix", remove_method},
    {"replace", replace_method},
    {"rfind", find_text_method},
    {"rindex", find_text_method},
    {"rjust", justify_method},
    {"rpartition", partition_method},
    {"rsplit", split_method},
    {"rstrip", strip_method},
    {"split", split_method},
    {"splitlines", split_lines_method},
    {"startswith", starts_or_ends_method},
    {"strip", strip_method},
    {"swapcase", swap_case_method},
    {"title", case_method},
    {"upper", case_method},
    {"zfill", zfill_method},
};

}  // namespace

Value call_text_method(Context& context, const String& self, std::string_view name,
                       const Arguments& arguments) {
    context.budget.bytes(self.text.weight());
    for (const MethodEntry& entry : kMethods) {
        if (entry.name == name) return entry.handler({context, self, name, arguments});
    }
    throw unsupported("the method '" + std::string(name) + "' of a string");
}

}  // namespace quire::jinja
