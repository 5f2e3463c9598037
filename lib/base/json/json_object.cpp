#include "lib/base/json/json_object.h"

#include <cstdlib>
#include <type_traits>
#include <utility>

#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"

namespace quire::base {

namespace {

template <typename Json>
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

std::string number_text(double value) {
    return json_excerpt(nlohmann::json(value));
}

// A reader that keeps integers beyond 64 bits stores them as binary values
// (lib/chat/jinja/values/big_integer.h). They are numbers that are out of every range.
template <typename Json>
bool is_integer(const Json& value) {
    return value.is_number_integer() || value.is_binary();
}

}  // namespace

std::string json_kind(const nlohmann::json& value) {
    return kind_of(value);
}

std::string json_kind(const nlohmann::ordered_json& value) {
    return kind_of(value);
}

template <typename Json>
std::string JsonFault<Json>::text() const {
    if (kind == JsonFaultKind::unknown_key) return "unknown field " + printable(key);
    const std::string out = (key.empty() ? "" : printable(key) + ": ") + "expected " + expected;
    if (found != nullptr) return out + ", found " + json_excerpt(*found);
    return kind == JsonFaultKind::missing ? out + ", found none" : out;
}

template <typename Json>
JsonObject<Json>::JsonObject(const Json& json, OnFault on_fault)
    : json_(json), on_fault_(std::move(on_fault)) {
    if (!json.is_object()) fail({JsonFaultKind::wrong_type, "", "an object", &json});
}

template <typename Json>
JsonObject<Json>::JsonObject(const Json& json, const std::string& where, ErrorCode code)
    : JsonObject(json, [where, code](const JsonFault<Json>& fault) {
          throw Error(code, where, fault.text());
      }) {}

template <typename Json>
bool JsonObject<Json>::has(std::string_view key) const {
    return json_.contains(key);
}

template <typename Json>
void JsonObject<Json>::ignore(std::string_view key) {
    read_.emplace(key);
}

template <typename Json>
const Json* JsonObject<Json>::find(std::string_view key) {
    ignore(key);
    const auto found = json_.find(std::string(key));
    return found == json_.end() || found->is_null() ? nullptr : &*found;
}

template <typename Json>
const Json& JsonObject<Json>::at(std::string_view key) {
    const Json* found = find(key);
    if (found == nullptr) fail({JsonFaultKind::missing, std::string(key), "this field", nullptr});
    return *found;
}

template <typename Json>
template <typename T>
T JsonObject<Json>::convert(std::string_view key, const Json& value) const {
    if constexpr (std::is_same_v<T, bool>) {
        if (value.is_boolean()) return value.template get<bool>();
        fail({JsonFaultKind::wrong_type, std::string(key), "true or false", &value});
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (value.is_string()) return value.template get<std::string>();
        fail({JsonFaultKind::wrong_type, std::string(key), "a string", &value});
    } else {
        if (value.is_number()) return value.template get<double>();
        fail({JsonFaultKind::wrong_type, std::string(key), "a number", &value});
    }
}

template <typename Json>
template <typename T>
T JsonObject<Json>::get(std::string_view key) {
    if constexpr (std::is_same_v<T, std::uint32_t>) {
        return static_cast<std::uint32_t>(integer(key, 0, UINT32_MAX));
    } else {
        return convert<T>(key, at(key));
    }
}

template <typename Json>
template <typename T>
std::optional<T> JsonObject<Json>::find_as(std::string_view key) {
    if (find(key) == nullptr) return std::nullopt;
    return get<T>(key);
}

template <typename Json>
template <typename T>
std::optional<T> JsonObject<Json>::get_nullable(std::string_view key) {
    if (!has(key)) at(key);
    return find_as<T>(key);
}

template <typename Json>
std::uint64_t JsonObject<Json>::integer(std::string_view key, std::uint64_t low,
                                        std::uint64_t high) {
    const Json& value = at(key);
    if (!is_integer(value)) {
        fail({JsonFaultKind::wrong_type, std::string(key), "an integer", &value});
    }
    const bool negative = value.is_number_integer() && !value.is_number_unsigned() &&
                          value.template get<std::int64_t>() < 0;
    const bool fits = !negative && !value.is_binary() &&
                      value.template get<std::uint64_t>() >= low &&
                      value.template get<std::uint64_t>() <= high;
    if (fits) return value.template get<std::uint64_t>();
    wrong(key, "an integer from " + std::to_string(low) + " to " + std::to_string(high), &value);
}

template <typename Json>
std::optional<std::uint64_t> JsonObject<Json>::find_integer(std::string_view key, std::uint64_t low,
                                                            std::uint64_t high) {
    if (find(key) == nullptr) return std::nullopt;
    return integer(key, low, high);
}

template <typename Json>
std::optional<double> JsonObject<Json>::find_number(std::string_view key, double low, double high) {
    const Json* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (!value->is_binary()) {
        const double x = convert<double>(key, *value);
        if (x >= low && x <= high) return x;
    }
    wrong(key, "a number from " + number_text(low) + " to " + number_text(high), value);
}

template <typename Json>
const Json& JsonObject<Json>::list(std::string_view key) {
    const Json& value = at(key);
    if (!value.is_array()) fail({JsonFaultKind::wrong_type, std::string(key), "a list", &value});
    return value;
}

template <typename Json>
void JsonObject<Json>::wrong(std::string_view key, const std::string& expected,
                             const Json* found) const {
    fail({JsonFaultKind::out_of_range, std::string(key), expected, found});
}

template <typename Json>
std::vector<std::string> JsonObject<Json>::unread() const {
    std::vector<std::string> keys;
    for (const auto& [key, value] : json_.items()) {
        if (!read_.contains(key)) keys.push_back(key);
    }
    return keys;
}

template <typename Json>
void JsonObject<Json>::done() const {
    const std::vector<std::string> keys = unread();
    if (!keys.empty()) fail({JsonFaultKind::unknown_key, keys.front(), "", nullptr});
}

template <typename Json>
void JsonObject<Json>::fail(JsonFault<Json> fault) const {
    on_fault_(fault);
    std::abort();  // on_fault_ must throw
}

#define QUIRE_JSON_MEMBERS(Json, T)                                           \
    template T JsonObject<Json>::get<T>(std::string_view);                    \
    template std::optional<T> JsonObject<Json>::find_as<T>(std::string_view); \
    template std::optional<T> JsonObject<Json>::get_nullable<T>(std::string_view);
#define QUIRE_JSON_OBJECT(Json)           \
    template struct JsonFault<Json>;      \
    template class JsonObject<Json>;      \
    QUIRE_JSON_MEMBERS(Json, bool)        \
    QUIRE_JSON_MEMBERS(Json, double)      \
    QUIRE_JSON_MEMBERS(Json, std::string) \
    QUIRE_JSON_MEMBERS(Json, std::uint32_t)

QUIRE_JSON_OBJECT(nlohmann::json)
QUIRE_JSON_OBJECT(nlohmann::ordered_json)

}  // namespace quire::base
