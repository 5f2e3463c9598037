#include "lib/chat/jinja/evaluate/arguments.h"

#include <algorithm>

#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {

Bound::Bound(std::string_view function, const Arguments& arguments,
             std::initializer_list<std::string_view> parameters)
    : function_(function), values_(parameters.size()) {
    if (arguments.positional.size() > parameters.size()) {
        throw type_failure(function_ + "() takes at most " + std::to_string(parameters.size()) +
                           " arguments, not " + std::to_string(arguments.positional.size()));
    }
    std::copy(arguments.positional.begin(), arguments.positional.end(), values_.begin());
    for (const auto& [name, value] : arguments.named) {
        const auto place = std::find(parameters.begin(), parameters.end(), name);
        if (name.empty() || place == parameters.end()) {
            throw type_failure(function_ + "() has no argument called '" + name + "'");
        }
        std::optional<Value>& slot = values_[static_cast<std::size_t>(place - parameters.begin())];
        if (slot) throw type_failure(function_ + "() got '" + name + "' twice");
        slot = value;
    }
}

const Value& Bound::required(std::size_t index) const {
    if (!values_[index]) fail(index, "a value");
    return *values_[index];
}

Value Bound::value_or(std::size_t index, Value otherwise) const {
    return values_[index].value_or(std::move(otherwise));
}

bool Bound::truth_or(std::size_t index, bool otherwise) const {
    return values_[index] ? is_true(*values_[index]) : otherwise;
}

std::int64_t Bound::integer_or(std::size_t index, std::int64_t otherwise) const {
    if (!values_[index]) return otherwise;
    const std::optional<std::int64_t> value = values_[index]->integer();
    if (!value) fail(index, "an integer");
    return *value;
}

std::optional<std::int64_t> Bound::integer(std::size_t index) const {
    if (!values_[index] || values_[index]->is_none()) return std::nullopt;
    return integer_or(index, 0);
}

const String* Bound::string(std::size_t index) const {
    if (!values_[index] || values_[index]->is_none()) return nullptr;
    return &required_string(index);
}

const String& Bound::required_string(std::size_t index) const {
    const String* value = required(index).string();
    if (!value) fail(index, "a string");
    return *value;
}

void Bound::fail(std::size_t index, std::string_view expected) const {
    const std::string found =
        values_[index] ? "found " + std::string(values_[index]->type_name()) : "found none";
    if (values_[index]) refuse_undefined(*values_[index]);
    throw type_failure(function_ + "(): expected " + std::string(expected) + " as argument " +
                       std::to_string(index + 1) + ", " + found);
}

}  // namespace quire::jinja
