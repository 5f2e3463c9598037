#include "lib/chat/jinja/values/subscript.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "lib/chat/jinja/evaluate/loop.h"
#include "lib/chat/jinja/methods/methods.h"
#include "lib/chat/jinja/values/arithmetic.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

Value no_attribute(const Value& value, std::string_view name) {
    std::string quoted = "'";
    quoted += value.type_name();
    return Value::undefined(quoted + "' has no attribute '" + std::string(name) + "'");
}

// An attribute in Python's sense: a method or field, but not an element.
std::optional<Value> find_attribute(Context& context, const Value& value, std::string_view name) {
    refuse_undefined(value);
    if (Loop* loop = value.loop()) return loop->attribute(context, name);
    if (const Cycler* cycler = value.cycler()) {
        if (name == "current") return cycler->values[cycler->at];
        if (name == "next" || name == "reset") return make_method(value, name);
        return std::nullopt;
    }
    if (const Namespace* space = value.name_space()) {
        const Value* found = space->attributes.find(name);
        return found ? std::optional<Value>(*found) : std::nullopt;
    }
    if (const Sequence* group = value.sequence(); group && group->is_group) {
        if (name == "grouper") return group->items[0];
        if (name == "list") return group->items[1];
    }
    switch (find_method(value, name)) {
        case MethodAccess::none:
            return std::nullopt;
        case MethodAccess::allowed:
            return make_method(value, name);
        case MethodAccess::unsafe:
            break;
    }
    return Value::undefined("the attribute '" + std::string(name) + "' of a " +
                            std::string(value.type_name()) + " is not safe to use");
}

std::optional<std::int64_t> index_in(std::int64_t length, const Value& key) {
    std::optional<std::int64_t> index = key.integer();
    if (!index) return std::nullopt;
    if (*index < 0) *index += length;
    return *index >= 0 && *index < length ? index : std::nullopt;
}

Value char_at(Context& context, const String& string, std::size_t index) {
    const std::string_view bytes = string.text.bytes();
    std::size_t begin = index;
    if (string.n_chars != bytes.size()) {
        context.budget.bytes(bytes.size());
        begin = byte_of_char(bytes, index);
    }
    std::size_t end = begin;
    next_char(bytes, end);
    return make_like(context, string, string.text.slice(begin, end));
}

std::optional<Value> find_item(Context& context, const Value& value, const Value& key) {
    if (const Dict* dict = value.dict()) {
        const Value* found =
            key.sequence() || key.dict() ? nullptr : dict->find(context.budget, key);
        if (key.sequence() && key.sequence()->kind == SequenceKind::tuple) {
            found = dict->find(context.budget, key);
        }
        return found ? std::optional<Value>(*found) : std::nullopt;
    }
    const Sequence* sequence = value.sequence();
    const bool indexable = sequence && (sequence->kind == SequenceKind::list ||
                                        sequence->kind == SequenceKind::tuple ||
                                        sequence->kind == SequenceKind::range);
    if (indexable) {
        const auto index = index_in(static_cast<std::int64_t>(sequence->items.size()), key);
        if (index) return sequence->items[static_cast<std::size_t>(*index)];
    } else if (const String* string = value.string()) {
        const auto index = index_in(static_cast<std::int64_t>(string->n_chars), key);
        if (index) return char_at(context, *string, static_cast<std::size_t>(*index));
    }
    return std::nullopt;
}

Text slice_text(const String& string, const SlicePlan& plan) {
    const Text& text = string.text;
    const auto at = [](std::int64_t index) { return static_cast<std::size_t>(index); };
    if (plan.count == 0) return {};
    const bool ascii = string.n_chars == text.size();
    if (plan.step == 1) {
        if (ascii) return text.slice(at(plan.start), at(plan.stop));
        const std::size_t begin = byte_of_char(text.bytes(), at(plan.start));
        const std::size_t length =
            byte_of_char(text.bytes().substr(begin), at(plan.stop - plan.start));
        return text.slice(begin, begin + length);
    }
    std::vector<std::size_t> begins;  // begin of each character, then the size
    for (std::size_t byte = 0; byte < text.size(); next_char(text.bytes(), byte)) {
        begins.push_back(byte);
    }
    begins.push_back(text.size());
    Text out;
    for (std::int64_t i = 0; i < plan.count; ++i) {
        const std::size_t index = at(plan.start + i * plan.step);
        out.append(text, begins[index], begins[index + 1]);
    }
    return out;
}

Value slice_sequence(Context& context, const Sequence& sequence, const SlicePlan& plan) {
    std::vector<Value> items;
    for (std::int64_t i = 0; i < plan.count; ++i) {
        items.push_back(sequence.items[static_cast<std::size_t>(plan.start + i * plan.step)]);
    }
    Value made = make_sequence(context, sequence.kind, std::move(items));
    if (sequence.kind != SequenceKind::range) return made;
    Sequence range = *made.sequence();
    const auto place = [&](std::int64_t index) {
        return *calculate(
                    context, Operator::add, Value(sequence.start),
                    calculate(context, Operator::multiply, Value(index), Value(sequence.step)))
                    .integer();
    };
    range.start = place(plan.start);
    range.stop = place(plan.stop);
    range.step =
        *calculate(context, Operator::multiply, Value(sequence.step), Value(plan.step)).integer();
    return Value(std::make_shared<const Sequence>(std::move(range)));
}

// Stores nothing for None; false if the value cannot be an index.
bool read_bound(const Value& value, std::optional<std::int64_t>& bound) {
    bound = value.integer();
    return bound || value.is_none();
}

}  // namespace

Value get_attribute(Context& context, const Value& value, std::string_view name) {
    if (std::optional<Value> found = find_attribute(context, value, name)) return *found;
    if (const Dict* dict = value.dict()) {
        if (const Value* found = dict->find(name)) return *found;
    }
    return no_attribute(value, name);
}

Value get_item(Context& context, const Value& value, const Value& key) {
    refuse_undefined(value);
    if (std::optional<Value> found = find_item(context, value, key)) return *found;
    if (const String* name = key.string()) {
        const std::string_view bytes = name->text.bytes();
        if (std::optional<Value> found = find_attribute(context, value, bytes)) return *found;
        return no_attribute(value, bytes);
    }
    return Value::undefined(std::string(value.type_name()) + " has no such element");
}

SlicePlan plan_slice(std::int64_t length, std::optional<std::int64_t> start,
                     std::optional<std::int64_t> stop, std::optional<std::int64_t> step) {
    SlicePlan plan;
    plan.step = step.value_or(1);
    if (plan.step == 0) throw type_failure("a slice with step zero");
    // Makes it safe to negate. No text or list is that long.
    plan.step = std::max(plan.step, -std::numeric_limits<std::int64_t>::max());
    const std::int64_t low = plan.step < 0 ? -1 : 0;
    const std::int64_t high = plan.step < 0 ? length - 1 : length;
    const auto cut = [&](std::int64_t at) {
        if (at < 0) at += length;
        return std::clamp(at, low, std::max(low, high));
    };
    plan.start = start ? cut(*start) : plan.step < 0 ? high : low;
    plan.stop = stop ? cut(*stop) : plan.step < 0 ? low : high;
    const std::int64_t distance = plan.step < 0 ? plan.start - plan.stop : plan.stop - plan.start;
    const std::int64_t stride = plan.step < 0 ? -plan.step : plan.step;
    plan.count = distance > 0 ? (distance - 1) / stride + 1 : 0;
    return plan;
}

Value get_slice(Context& context, const Value& value, const Slice& slice) {
    refuse_undefined(value);
    const Sequence* sequence = value.sequence();
    const String* string = value.string();
    std::optional<std::int64_t> start;
    std::optional<std::int64_t> stop;
    std::optional<std::int64_t> step;
    const bool indexable = string || (sequence && (sequence->kind == SequenceKind::list ||
                                                   sequence->kind == SequenceKind::tuple ||
                                                   sequence->kind == SequenceKind::range));
    if (!indexable || !read_bound(slice.start, start) || !read_bound(slice.stop, stop) ||
        !read_bound(slice.step, step)) {
        throw type_failure("a " + std::string(value.type_name()) +
                           " cannot be cut with these bounds");
    }
    const SlicePlan plan = plan_slice(*length_of(value), start, stop, step);
    if (string) {
        context.budget.bytes(string->text.weight());
        if (plan.step != 1) context.budget.steps(string->text.size() / 4);
        return make_like(context, *string, slice_text(*string, plan));
    }
    return slice_sequence(context, *sequence, plan);
}

Value get_path(Context& context, Value value, const Value& path, const Value& otherwise) {
    if (path.is_none()) return value;
    const auto step = [&](const Value& key) {
        value = get_item(context, value, key);
        if (value.is_undefined() && !otherwise.is_none()) value = otherwise;
    };
    const String* names = path.string();
    if (!names) {
        step(path);
        return value;
    }
    for (const Text& part : split(names->text, ".", -1, From::left)) {
        const std::string_view bytes = part.bytes();
        std::int64_t index = 0;
        const auto read = std::from_chars(bytes.data(), bytes.data() + bytes.size(), index);
        const bool number = !bytes.empty() && bytes[0] != '-' && read.ec == std::errc() &&
                            read.ptr == bytes.data() + bytes.size();
        step(number ? Value(index) : Value(part));
    }
    return value;
}

}  // namespace quire::jinja
