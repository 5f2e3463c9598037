#include "lib/chat/jinja/evaluate/functions.h"

#include "lib/chat/jinja/methods/strftime.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

// The length of range(start, stop, step), without overflow.
std::uint64_t range_length(std::int64_t start, std::int64_t stop, std::int64_t step) {
    const auto distance = [](std::int64_t low, std::int64_t high) {
        return low < high ? static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) : 0;
    };
    const std::uint64_t stride = step > 0 ? static_cast<std::uint64_t>(step)
                                          : std::uint64_t{0} - static_cast<std::uint64_t>(step);
    const std::uint64_t span = step > 0 ? distance(start, stop) : distance(stop, start);
    return span == 0 ? 0 : (span - 1) / stride + 1;
}

Value make_range(Context& context, const Arguments& arguments) {
    const Bound bound("range", arguments, {"", "", ""});
    std::int64_t bounds[3] = {0, 0, 1};
    bound.required(0);
    for (std::size_t i = 0; i < 3; ++i) bounds[i] = bound.integer_or(i, bounds[i]);
    if (!bound.given(1)) {
        bounds[1] = bounds[0];
        bounds[0] = 0;
    }
    const auto [start, stop, step] = bounds;
    if (step == 0) throw type_failure("range() with a step of zero");
    const std::uint64_t length = range_length(start, stop, step);
    if (length > static_cast<std::uint64_t>(kMaxRange)) {
        throw Failure(ErrorCode::model,
                      "a range of more than " + std::to_string(kMaxRange) + " numbers");
    }
    std::vector<Value> items;
    for (std::uint64_t i = 0; i < length; ++i) {
        items.emplace_back(start + static_cast<std::int64_t>(i) * step);
    }
    const Value made = make_sequence(context, SequenceKind::range, std::move(items));
    Sequence range = *made.sequence();
    range.start = start;
    range.stop = stop;
    range.step = step;
    return Value(std::make_shared<const Sequence>(std::move(range)));
}

// dict(mapping or pairs, name=value...)
Dict dict_of(Context& context, const Arguments& arguments) {
    if (arguments.positional.size() > 1) throw type_failure("dict() takes one positional argument");
    Dict dict;
    if (!arguments.positional.empty()) {
        const Value& from = arguments.positional[0];
        if (const Dict* other = from.dict()) {
            for (const Dict::Entry& entry : other->entries()) {
                dict.set(context.budget, entry.key, entry.value);
            }
        } else {
            const std::shared_ptr<const Sequence> walked = iterate(context, from);
            for (const Value& item : walked->items) {
                const auto pair = iterate(context, item);
                if (pair->items.size() != 2) throw type_failure("dict() takes pairs");
                dict.set(context.budget, pair->items[0], pair->items[1]);
            }
        }
    }
    for (const auto& [name, value] : arguments.named) dict.set(context.budget, name, value);
    return dict;
}

Value make_namespace(Context& context, const Arguments& arguments) {
    Dict attributes = dict_of(context, arguments);
    for (const Dict::Entry& entry : attributes.entries()) {
        if (const String* name = entry.key.string()) check_namespace_name(name->text.bytes());
    }
    return Value(context.arena.add(Namespace{std::move(attributes)}));
}

}  // namespace

std::optional<Function> find_function(std::string_view name) {
    if (name == "range") return Function::range;
    if (name == "dict") return Function::dict;
    if (name == "namespace") return Function::make_namespace;
    if (name == "raise_exception") return Function::raise_exception;
    if (name == "strftime_now") return Function::strftime_now;
    if (name == "cycler") return Function::cycler;
    if (name == "joiner") return Function::joiner;
    if (name == "lipsum") throw unsupported("the function 'lipsum'");
    return std::nullopt;
}

Value call_function(Context& context, Function function, const Arguments& arguments,
                    std::int64_t now) {
    switch (function) {
        case Function::range:
            return make_range(context, arguments);
        case Function::dict:
            return make_dict(context, dict_of(context, arguments));
        case Function::make_namespace:
            return make_namespace(context, arguments);
        case Function::raise_exception: {
            const Bound bound("raise_exception", arguments, {"message"});
            const Text message = to_text(context, bound.required(0));
            throw Failure(ErrorCode::input, std::string(message.bytes()));
        }
        case Function::cycler:
            if (!arguments.named.empty()) throw type_failure("cycler() takes no named arguments");
            if (arguments.positional.empty()) throw type_failure("cycler() without arguments");
            return Value(context.arena.add(Cycler{arguments.positional, 0}));
        case Function::joiner: {
            const Bound bound("joiner", arguments, {"sep"});
            return Value(context.arena.add(Joiner{bound.value_or(0, Value::literal(", ")), false}));
        }
        case Function::strftime_now: {
            const Bound bound("strftime_now", arguments, {"format"});
            const std::string_view format = bound.required_string(0).text.bytes();
            context.budget.bytes(format.size());
            return make_text(context, Text(format_time(now, format), Origin::from_data));
        }
    }
    return Value();
}

Value call_joiner(Joiner& joiner, const Arguments& arguments) {
    const Bound none("joiner", arguments, {});
    return std::exchange(joiner.used, true) ? joiner.separator : Value::literal("");
}

void check_namespace_name(std::string_view name) {
    if (name.starts_with('_')) {
        throw type_failure("a namespace cannot have the attribute '" + std::string(name) + "'");
    }
}

}  // namespace quire::jinja
