#include "formats/openai/body_fields.h"

#include <cmath>

#include "lib/base/json_text.h"
#include "lib/base/quoted.h"
#include "lib/chat/jinja/values/big_integer.h"

namespace quire::formats::openai {

std::string kind_of(const Json& value) {
    switch (value.type()) {
        case Json::value_t::null:
            return "null";
        case Json::value_t::boolean:
            return "a boolean";
        case Json::value_t::string:
            return "a string";
        case Json::value_t::array:
            return "a list";
        case Json::value_t::object:
            return "an object";
        case Json::value_t::number_integer:
        case Json::value_t::number_unsigned:
            return "an integer";
        case Json::value_t::number_float:
            return "a number";
        case Json::value_t::binary:
            return "an integer beyond 64 bits";
        case Json::value_t::discarded:
            break;
    }
    return "nothing";
}

std::string text_of(const Json& value) {
    return value.is_binary() ? base::printable(jinja::digits_of(value)) : base::json_excerpt(value);
}

void refuse(const std::string& code, const std::string& param, const std::string& message) {
    throw Refusal{400, code, param, message};
}

void refuse_type(const std::string& param, const std::string& expected, const Json& found) {
    refuse("invalid_type", param, "expected " + expected + ", found " + kind_of(found));
}

void refuse_unsupported(const std::string& param, const std::string& why) {
    refuse("unsupported_parameter", param, why);
}

const Json* BodyFields::find(const char* name) {
    seen_.insert(name);
    const auto found = body_.find(name);
    return found == body_.end() || found->is_null() ? nullptr : &*found;
}

const Json& BodyFields::required(const char* name) {
    const Json* found = find(name);
    if (found == nullptr) {
        refuse("missing_required_parameter", name, "expected this field, found none");
    }
    return *found;
}

std::optional<bool> BodyFields::boolean(const char* name) {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_boolean()) refuse_type(name, "true or false", *value);
    return value->get<bool>();
}

std::optional<double> BodyFields::number(const char* name, double low, double high) {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number() && !value->is_binary()) refuse_type(name, "a number", *value);
    const double x = value->is_binary() ? std::nan("") : value->get<double>();
    if (!(x >= low && x <= high)) {
        refuse("invalid_value", name,
               "expected a number from " + text_of(low) + " to " + text_of(high) + ", found " +
                   text_of(*value));
    }
    return x;
}

std::optional<std::uint64_t> BodyFields::integer(const char* name, std::uint64_t low,
                                                 std::uint64_t high) {
    const Json* value = find(name);
    if (value == nullptr) return std::nullopt;
    if (!value->is_number_integer() && !value->is_binary()) {
        refuse_type(name, "an integer", *value);
    }
    const bool beyond =
        value->is_binary() || (!value->is_number_unsigned() && value->get<std::int64_t>() < 0);
    const std::uint64_t x = beyond ? 0 : value->get<std::uint64_t>();
    if (beyond || x < low || x > high) {
        refuse("invalid_value", name,
               "expected an integer from " + std::to_string(low) + " to " + std::to_string(high) +
                   ", found " + text_of(*value));
    }
    return x;
}

void BodyFields::ignore(std::initializer_list<const char*> names) {
    for (const char* name : names) seen_.insert(name);
}

void BodyFields::unsupported(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (find(name) != nullptr) refuse_unsupported(name, "not supported here");
    }
}

void BodyFields::done() const {
    for (const auto& [name, value] : body_.items()) {
        if (!seen_.contains(name)) {
            refuse("unknown_parameter", name, "expected a field of this endpoint, found another");
        }
    }
}

}  // namespace quire::formats::openai
