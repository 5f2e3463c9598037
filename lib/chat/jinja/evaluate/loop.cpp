#include "lib/chat/jinja/evaluate/loop.h"

#include <algorithm>

#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {

Loop::Loop(Context& context, const Value& items, Condition condition, int depth)
    : source_(items.iterator()), condition_(std::move(condition)), depth_(depth) {
    constexpr std::uint64_t kSetUpSteps = 10;
    context.budget.steps(kSetUpSteps);
    if (source_) return;
    own_.items = iterate(context, items);
    source_ = &own_;
    if (!condition_) length_ = static_cast<std::int64_t>(own_.items->items.size());
}

std::optional<Value> Loop::fetch(Context& context) {
    if (has_rest_) {
        if (rest_.empty()) return std::nullopt;
        std::optional<Value> item = std::move(rest_.front());
        rest_.pop_front();
        return item;
    }
    while (source_->items && source_->next < source_->items->items.size()) {
        context.budget.steps(1);
        const Value& item = source_->items->items[source_->next++];
        if (!condition_ || condition_(item)) return item;
    }
    return std::nullopt;
}

const std::optional<Value>& Loop::peek(Context& context) {
    if (!after_) after_ = fetch(context);
    return after_;
}

bool Loop::advance(Context& context) {
    std::optional<Value> item = std::exchange(after_, std::nullopt);
    if (!item) item = fetch(context);
    if (!item) return false;
    ++index0_;
    before_ = std::exchange(current_, std::move(item));
    return true;
}

std::int64_t Loop::length(Context& context) {
    if (length_) return *length_;
    std::deque<Value> rest;
    while (std::optional<Value> item = fetch(context)) rest.push_back(std::move(*item));
    rest_ = std::move(rest);
    has_rest_ = true;
    length_ = static_cast<std::int64_t>(rest_.size()) + index0_ + 1 + (after_ ? 1 : 0);
    return *length_;
}

std::optional<Value> Loop::attribute(Context& context, std::string_view name) {
    context.budget.steps(1);
    if (name == "index") return Value(index0_ + 1);
    if (name == "index0") return Value(index0_);
    if (name == "first") return Value(index0_ == 0);
    if (name == "last") return Value(!peek(context).has_value());
    if (name == "length") return Value(length(context));
    if (name == "revindex") return Value(length(context) - index0_);
    if (name == "revindex0") return Value(length(context) - index0_ - 1);
    if (name == "depth") return Value(std::int64_t{depth_});
    if (name == "depth0") return Value(std::int64_t{depth_ - 1});
    if (name == "previtem") {
        return before_ ? *before_ : Value::undefined("there is no previous item");
    }
    if (name == "nextitem") {
        const std::optional<Value>& next = peek(context);
        return next ? *next : Value::undefined("there is no next item");
    }
    if (name == "cycle" || name == "changed") return make_method(Value(this), name);
    return std::nullopt;
}

Value Loop::cycle(const std::vector<Value>& values) const {
    if (values.empty()) throw type_failure("loop.cycle() without arguments");
    return values[static_cast<std::size_t>(index0_) % values.size()];
}

bool Loop::changed(Context& context, const std::vector<Value>& values) {
    const bool equal_to_last =
        seen_ && seen_->size() == values.size() &&
        std::equal(values.begin(), values.end(), seen_->begin(),
                   [&](const Value& a, const Value& b) { return equal(context.budget, a, b); });
    if (!equal_to_last) seen_ = values;
    return !equal_to_last;
}

void Loop::finish() {
    statement_ = nullptr;
    seen_.reset();
    own_.items = nullptr;
    source_ = &own_;
    condition_ = nullptr;
    rest_.clear();
    before_ = current_ = after_ = std::nullopt;
}

}  // namespace quire::jinja
