#include "lib/chat/jinja/methods/methods.h"

#include <algorithm>
#include <span>

#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

// All public attributes of the type in Python 3.11, supported here or not: each hides an element of
// the same name in a dict.
constexpr std::string_view kTextNames[] = {
    "capitalize",   "casefold",    "center",    "count",      "encode",       "endswith",
    "expandtabs",   "find",        "format",    "format_map", "index",        "isalnum",
    "isalpha",      "isascii",     "isdecimal", "isdigit",    "isidentifier", "islower",
    "isnumeric",    "isprintable", "isspace",   "istitle",    "isupper",      "join",
    "ljust",        "lower",       "lstrip",    "maketrans",  "partition",    "removeprefix",
    "removesuffix", "replace",     "rfind",     "rindex",     "rjust",        "rpartition",
    "rsplit",       "rstrip",      "split",     "splitlines", "startswith",   "strip",
    "swapcase",     "title",       "translate", "upper",      "zfill"};
constexpr std::string_view kDictNames[] = {"copy", "fromkeys", "get", "items", "keys", "values"};
constexpr std::string_view kDictUnsafe[] = {"clear", "pop", "popitem", "setdefault", "update"};
constexpr std::string_view kListNames[] = {"copy", "count", "index"};
constexpr std::string_view kListUnsafe[] = {"append", "clear",  "extend",  "insert",
                                            "pop",    "remove", "reverse", "sort"};
constexpr std::string_view kTupleNames[] = {"count", "index"};
constexpr std::string_view kRangeNames[] = {"count", "index", "start", "step", "stop"};
constexpr std::string_view kViewNames[] = {"isdisjoint", "mapping"};
constexpr std::string_view kIntegerNames[] = {
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator",
    "from_bytes",       "imag",      "numerator",  "real",      "to_bytes"};
constexpr std::string_view kFloatNames[] = {
    "as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real"};

struct NamesOfType {
    std::span<const std::string_view> allowed;
    std::span<const std::string_view> unsafe;
};

NamesOfType names_of(const Value& self) {
    if (self.string()) return {kTextNames, {}};
    if (self.dict()) return {kDictNames, kDictUnsafe};
    if (self.integer() || self.big()) return {kIntegerNames, {}};
    if (self.number()) return {kFloatNames, {}};
    if (const Sequence* sequence = self.sequence()) {
        switch (sequence->kind) {
            case SequenceKind::list:
                return {kListNames, kListUnsafe};
            case SequenceKind::tuple:
                return {kTupleNames, {}};
            case SequenceKind::range:
                return {kRangeNames, {}};
            case SequenceKind::keys:
            case SequenceKind::values:
            case SequenceKind::items:
                return {kViewNames, {}};
        }
    }
    return {};
}

bool is_in(std::span<const std::string_view> names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

Failure no_such_method(const Value& self, std::string_view name) {
    return unsupported("the method '" + std::string(name) + "' of a " +
                       std::string(self.type_name()));
}

Value call_dict_method(Context& context, const Method& method, const Arguments& arguments) {
    const Dict& dict = *method.self.dict();
    if (method.name == "get") {
        const Bound bound("get", arguments, {"", ""});
        const Value* found = dict.find(context.budget, bound.required(0));
        return found ? *found : bound.value_or(1, Value());
    }
    if (method.name == "fromkeys") throw no_such_method(method.self, method.name);
    const Bound none(method.name, arguments, {});
    if (method.name == "copy") return method.self;
    std::vector<Value> items;
    for (const Dict::Entry& entry : dict.entries()) {
        if (method.name == "keys") {
            items.push_back(entry.key);
        } else if (method.name == "values") {
            items.push_back(entry.value);
        } else {
            items.push_back(make_tuple(context, {entry.key, entry.value}));
        }
    }
    const SequenceKind kind = method.name == "keys"     ? SequenceKind::keys
                              : method.name == "values" ? SequenceKind::values
                                                        : SequenceKind::items;
    return make_sequence(context, kind, std::move(items));
}

Value call_sequence_method(Context& context, const Method& method, const Arguments& arguments) {
    const std::vector<Value>& items = method.self.sequence()->items;
    if (method.name == "copy") {
        const Bound none("copy", arguments, {});
        return method.self;
    }
    if (method.name != "count" && method.name != "index") {
        throw no_such_method(method.self, method.name);
    }
    const Bound bound(method.name, arguments, {""});
    const Value& wanted = bound.required(0);
    const auto is_wanted = [&](const Value& item) { return equal(context.budget, item, wanted); };
    if (method.name == "count") {
        return Value(std::int64_t{std::count_if(items.begin(), items.end(), is_wanted)});
    }
    const auto place = std::find_if(items.begin(), items.end(), is_wanted);
    if (place == items.end()) throw type_failure("index(): the value is not in the list");
    return Value(std::int64_t{place - items.begin()});
}

Value call_cycler_method(Cycler& cycler, const Method& method, const Arguments& arguments) {
    const Bound none(method.name, arguments, {});
    if (method.name == "reset") {
        cycler.at = 0;
        return Value();
    }
    Value current = cycler.values[cycler.at];
    cycler.at = (cycler.at + 1) % cycler.values.size();
    return current;
}

}  // namespace

MethodAccess find_method(const Value& self, std::string_view name) {
    const NamesOfType names = names_of(self);
    if (is_in(names.allowed, name)) return MethodAccess::allowed;
    const bool internal = name.starts_with("__") && name.ends_with("__");
    return internal || is_in(names.unsafe, name) ? MethodAccess::unsafe : MethodAccess::none;
}

Value call_method(Context& context, const Method& method, const Arguments& arguments) {
    if (const String* string = method.self.string()) {
        return call_text_method(context, *string, method.name, arguments);
    }
    if (method.self.dict()) return call_dict_method(context, method, arguments);
    if (Cycler* cycler = method.self.cycler())
        return call_cycler_method(*cycler, method, arguments);
    if (method.self.sequence()) return call_sequence_method(context, method, arguments);
    throw no_such_method(method.self, method.name);
}

}  // namespace quire::jinja
