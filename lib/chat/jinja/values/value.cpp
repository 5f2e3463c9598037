#include "lib/chat/jinja/values/value.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "lib/chat/jinja/evaluate/evaluator.h"  // Macro
#include "lib/chat/jinja/evaluate/loop.h"
#include "lib/chat/jinja/values/unicode.h"

namespace quire::jinja {
namespace {

int checked_depth(int depth) {
    if (depth > kMaxValueDepth) {
        throw Failure(ErrorCode::model, "lists and dicts nested more than " +
                                            std::to_string(kMaxValueDepth) + " deep");
    }
    return depth;
}

// The key of a value that is equal only to itself.
template <typename T>
std::string identity_key(const T* pointer) {
    return "p" + std::to_string(reinterpret_cast<std::uintptr_t>(pointer));
}

struct HashKey {
    Budget& budget;

    std::string operator()(const Undefined&) const { return "u"; }
    std::string operator()(const None&) const { return "n"; }
    std::string operator()(bool value) const { return value ? "i1" : "i0"; }
    std::string operator()(std::int64_t value) const { return "i" + std::to_string(value); }
    std::string operator()(double value) const {
        // 1.0 and 1 are the same key.
        if (value == std::floor(value) && std::isfinite(value)) {
            return std::abs(value) < 0x1p63 ? (*this)(static_cast<std::int64_t>(value))
                                            : "i" + whole_digits(value);
        }
        return "f" + std::to_string(std::bit_cast<std::uint64_t>(value));
    }
    std::string operator()(const std::shared_ptr<const String>& value) const {
        budget.bytes(value->text.size());
        return "s" + std::string(value->text.bytes());
    }
    std::string operator()(const std::shared_ptr<const Sequence>& value) const {
        if (value->kind == SequenceKind::range) return identity_key(value.get());
        if (value->kind != SequenceKind::tuple) {
            throw type_failure("a list cannot be a key: unhashable");
        }
        std::string key = "t";
        for (const Value& item : value->items) {
            const std::string part = hash_key(budget, item);
            if (part.size() > kMaxTextBytes - key.size()) {
                throw Failure(ErrorCode::model, "a key longer than the longest text");
            }
            key += std::to_string(part.size()) + ":" + part;
        }
        return key;
    }
    std::string operator()(const std::shared_ptr<const Dict>&) const {
        throw type_failure("a dict cannot be a key: unhashable");
    }
    std::string operator()(const std::shared_ptr<const Method>& value) const {
        return identity_key(value.get());
    }
    std::string operator()(Iterator* value) const { return identity_key(value); }
    std::string operator()(Namespace* value) const { return identity_key(value); }
    std::string operator()(const Macro* value) const { return identity_key(value); }
    std::string operator()(Loop* value) const { return identity_key(value); }
    std::string operator()(Function value) const {
        return "b" + std::to_string(static_cast<int>(value));
    }
    std::string operator()(const std::shared_ptr<const BigInteger>& value) const {
        return "i" + value->digits;
    }
    std::string operator()(Cycler* value) const { return identity_key(value); }
    std::string operator()(Joiner* value) const { return identity_key(value); }
};

}  // namespace

Value::Value(Text text) {
    const std::size_t n_chars = count_chars(text.bytes());
    data_ = std::make_shared<const String>(String{std::move(text), n_chars, false});
}

Value Value::undefined(std::string why) {
    return Value(Undefined{std::make_shared<const std::string>(std::move(why))});
}

std::optional<std::int64_t> Value::integer() const noexcept {
    if (const bool* value = get<bool>()) return *value ? 1 : 0;
    if (const std::int64_t* value = get<std::int64_t>()) return *value;
    return std::nullopt;
}

std::optional<double> Value::number() const noexcept {
    if (const double* value = get<double>()) return *value;
    const std::optional<std::int64_t> value = integer();
    return value ? std::optional<double>(static_cast<double>(*value)) : std::nullopt;
}

std::string_view Value::type_name() const {
    if (const Sequence* found = sequence()) {
        switch (found->kind) {
            case SequenceKind::list:
                return "list";
            case SequenceKind::tuple:
                return "tuple";
            case SequenceKind::range:
                return "range";
            case SequenceKind::keys:
                return "dict_keys";
            case SequenceKind::values:
                return "dict_values";
            case SequenceKind::items:
                return "dict_items";
        }
    }
    constexpr std::string_view kNames[] = {
        "Undefined",   "NoneType", "bool",   "int",       "float",     "str",
        "list",        "dict",     "method", "generator", "Namespace", "Macro",
        "LoopContext", "function", "int",    "Cycler",    "Joiner"};
    static_assert(std::size(kNames) == std::variant_size_v<Data>);
    return kNames[data_.index()];
}

void Dict::set(Budget& budget, const Value& key, Value value) {
    budget.steps(1);
    const int depth = checked_depth(1 + std::max(depth_of(key), depth_of(value)));
    const auto [place, added] = index_.try_emplace(hash_key(budget, key), entries_.size());
    if (added) {
        entries_.push_back({key, std::move(value)});
    } else {
        entries_[place->second].value = std::move(value);
    }
    depth_ = std::max(depth_, depth);
}

void Dict::set(Budget& budget, std::string_view key, Value value) {
    set(budget, Value::literal(key), std::move(value));
}

const Value* Dict::find(Budget& budget, const Value& key) const {
    const auto place = index_.find(hash_key(budget, key));
    return place == index_.end() ? nullptr : &entries_[place->second].value;
}

const Value* Dict::find(std::string_view key) const {
    const auto place = index_.find("s" + std::string(key));
    return place == index_.end() ? nullptr : &entries_[place->second].value;
}

Arena::Arena() = default;
Arena::~Arena() = default;

Iterator* Arena::add(Iterator iterator) {
    return iterators_.emplace_back(std::make_unique<Iterator>(std::move(iterator))).get();
}

Namespace* Arena::add(Namespace made) {
    return namespaces_.emplace_back(std::make_unique<Namespace>(std::move(made))).get();
}

Cycler* Arena::add(Cycler made) {
    return cyclers_.emplace_back(std::make_unique<Cycler>(std::move(made))).get();
}

Joiner* Arena::add(Joiner made) {
    return joiners_.emplace_back(std::make_unique<Joiner>(std::move(made))).get();
}

const Macro* Arena::add(std::unique_ptr<Macro> macro) {
    return macros_.emplace_back(std::move(macro)).get();
}

Loop* Arena::add(std::unique_ptr<Loop> loop) {
    return loops_.emplace_back(std::move(loop)).get();
}

int depth_of(const Value& value) {
    if (const Sequence* sequence = value.sequence()) return sequence->depth;
    if (const Dict* dict = value.dict()) return dict->depth();
    if (const Method* method = value.method()) return method->depth;
    return 0;
}

Value make_sequence(Context& context, SequenceKind kind, std::vector<Value> items) {
    context.budget.steps(1 + items.size());
    int depth = 0;
    for (const Value& item : items) depth = std::max(depth, depth_of(item));
    Sequence made;
    made.kind = kind;
    made.items = std::move(items);
    made.depth = checked_depth(1 + depth);
    return Value(std::make_shared<const Sequence>(std::move(made)));
}

Value make_list(Context& context, std::vector<Value> items) {
    return make_sequence(context, SequenceKind::list, std::move(items));
}

Value make_tuple(Context& context, std::vector<Value> items) {
    return make_sequence(context, SequenceKind::tuple, std::move(items));
}

Value make_group(Context& context, const Value& key, const Value& list) {
    const Value made = make_tuple(context, {key, list});
    Sequence group = *made.sequence();
    group.is_group = true;
    return Value(std::make_shared<const Sequence>(std::move(group)));
}

Value make_dict(Context& context, Dict dict) {
    context.budget.steps(1 + dict.size());
    return Value(std::make_shared<const Dict>(std::move(dict)));
}

Value make_text(Context& context, Text text) {
    context.budget.bytes(text.weight());
    return Value(std::move(text));
}

Value make_markup(Context& context, Text text) {
    context.budget.bytes(text.weight());
    const std::size_t n_chars = count_chars(text.bytes());
    return Value(std::make_shared<const String>(String{std::move(text), n_chars, true}));
}

Value make_like(Context& context, const String& like, Text text) {
    return like.markup ? make_markup(context, std::move(text))
                       : make_text(context, std::move(text));
}

Value make_integer(std::string_view decimal) {
    const bool negative = decimal.starts_with('-');
    if (negative) decimal.remove_prefix(1);
    decimal.remove_prefix(std::min(decimal.find_first_not_of('0'), decimal.size()));
    if (decimal.size() > kMaxIntegerDigits) {
        throw type_failure("an integer of more than " + std::to_string(kMaxIntegerDigits) +
                           " digits");
    }
    const std::string digits = (negative ? "-" : "") + std::string(decimal.empty() ? "0" : decimal);
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec == std::errc()) return Value(value);
    return Value(std::make_shared<const BigInteger>(BigInteger{digits}));
}

std::string whole_digits(double value) {
    char buffer[400];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), std::floor(value),
                                   std::chars_format::fixed)
                         .ptr;
    return {std::begin(buffer), end};
}

Value make_iterator(Context& context, std::string_view what, std::vector<Value> items) {
    const Value list = make_list(context, std::move(items));
    const auto& shared = *list.get<std::shared_ptr<const Sequence>>();
    return Value(context.arena.add(Iterator{what, shared, 0}));
}

Value make_method(const Value& self, std::string_view name) {
    return Value(std::make_shared<const Method>(
        Method{self, std::string(name), checked_depth(1 + depth_of(self))}));
}

std::string hash_key(Budget& budget, const Value& key) {
    budget.steps(1);
    return std::visit(HashKey{budget}, key.data());
}

}  // namespace quire::jinja
