// A JSON object whose members are checked as they are read. A member that is missing, has another
// type or is out of range is reported by name, and done() reports the members that nobody read, so
// nothing in a file is silently ignored.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/enum_names.h"
#include "lib/base/error.h"
#include "lib/base/join.h"

namespace quire::base {

enum class JsonFaultKind : std::uint8_t { missing, wrong_type, out_of_range, unknown_key };

// What is wrong with an object or one of its members.
template <typename Json>
struct JsonFault {
    JsonFaultKind kind;
    std::string key;              // empty: the value that should be an object
    std::string expected;         // "a string", "an integer from 0 to 7"; empty for an unknown key
    const Json* found = nullptr;  // null where there is no value

    // "dim: expected an integer from 0 to 7, found 9"
    std::string text() const;
};

// The kind of a value with its article: "a string", "a list", "null".
std::string json_kind(const nlohmann::json& value);
std::string json_kind(const nlohmann::ordered_json& value);

// Json: nlohmann::json or nlohmann::ordered_json.
template <typename Json>
class JsonObject {
  public:
    // Called with each fault; must throw.
    using OnFault = std::function<void(const JsonFault<Json>&)>;

    // `json` must outlive the object. A value that is not an object is a fault.
    JsonObject(const Json& json, OnFault on_fault);
    // Faults are Error{code} naming `where`.
    JsonObject(const Json& json, const std::string& where, ErrorCode code = ErrorCode::model);

    // Whether the member is there, null included. Does not count as reading it.
    bool has(std::string_view key) const;
    // Marks a member as read.
    void ignore(std::string_view key);

    // The value; null when the member is absent or null.
    const Json* find(std::string_view key);
    // The value, which must be there and not null.
    const Json& at(std::string_view key);

    // T: bool, double, std::string, or std::uint32_t for an integer from 0 to 2^32 - 1.
    template <typename T>
    T get(std::string_view key);
    // Nothing when the member is absent or null.
    template <typename T>
    std::optional<T> find_as(std::string_view key);
    // The member must be there, but may be null.
    template <typename T>
    std::optional<T> get_nullable(std::string_view key);

    // Both ends included.
    std::uint64_t integer(std::string_view key, std::uint64_t low, std::uint64_t high);
    std::optional<std::uint64_t> find_integer(std::string_view key, std::uint64_t low,
                                              std::uint64_t high);
    std::optional<double> find_number(std::string_view key, double low, double high);
    const Json& list(std::string_view key);

    template <typename Enum>
    Enum get(std::string_view key, const EnumNames<Enum>& names) {
        const Json& value = at(key);
        const auto found = names.value(get<std::string>(key));
        if (!found) wrong(key, "one of " + join(names.all(), ", "), &value);
        return *found;
    }

    // Reports a value of the right type that cannot be used.
    [[noreturn]] void wrong(std::string_view key, const std::string& expected,
                            const Json* found = nullptr) const;

    // The members that were neither read nor ignored.
    std::vector<std::string> unread() const;
    // Reports the first of them.
    void done() const;

  private:
    [[noreturn]] void fail(JsonFault<Json> fault) const;
    template <typename T>
    T convert(std::string_view key, const Json& value) const;

    const Json& json_;
    OnFault on_fault_;
    std::set<std::string, std::less<>> read_;
};

extern template struct JsonFault<nlohmann::json>;
extern template struct JsonFault<nlohmann::ordered_json>;
extern template class JsonObject<nlohmann::json>;
extern template class JsonObject<nlohmann::ordered_json>;

}  // namespace quire::base
