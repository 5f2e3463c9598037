// The fields of one JSON object of a .quire file, each asked for once: a missing field, one of
// another type and one that nobody asked for are refused by name.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/spec/names.h"

namespace quire::formats {

using Json = nlohmann::ordered_json;

// Error{model} naming `where` when the text is not JSON: see lib/base/json_text.h.
Json parse_json(std::string_view text, const std::string& where);

class JsonFields {
  public:
    JsonFields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object.is_object()) fail("expected a JSON object, found " + kind(object));
    }

    const Json& get(const char* name) {
        const auto field = object_.find(name);
        if (field == object_.end()) fail(std::string("field ") + name + " expected, none found");
        seen_.insert(name);
        return *field;
    }
    bool has(const char* name) const { return object_.contains(name); }
    std::uint32_t get_u32(const char* name) {
        const Json& value = get(name);
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX) {
            fail(std::string(name) + " expected a 32-bit count, found " + kind(value));
        }
        return value.get<std::uint32_t>();
    }
    float get_float(const char* name) {
        const Json& value = get(name);
        if (!value.is_number())
            fail(std::string(name) + " expected a number, found " + kind(value));
        return value.get<float>();
    }
    bool get_bool(const char* name) {
        const Json& value = get(name);
        if (!value.is_boolean()) {
            fail(std::string(name) + " expected true or false, found " + kind(value));
        }
        return value.get<bool>();
    }
    std::string get_string(const char* name) {
        const Json& value = get(name);
        if (!value.is_string())
            fail(std::string(name) + " expected a string, found " + kind(value));
        return value.get<std::string>();
    }
    template <typename Enum>
    Enum get_enum(const char* name) {
        const std::string text = get_string(name);
        const auto value = spec::from_name<Enum>(text);
        if (value) return *value;
        std::string known;
        for (const std::string_view one : spec::names(Enum{})) {
            known += (known.empty() ? "" : ", ") + std::string(one);
        }
        fail(std::string(name) + " expected one of " + known + ", found " + text);
    }
    // Null is nothing.
    bool is_null(const char* name) { return get(name).is_null(); }
    const Json& get_array(const char* name) {
        const Json& value = get(name);
        if (!value.is_array()) fail(std::string(name) + " expected a list, found " + kind(value));
        return value;
    }
    void done() const {
        for (const auto& [name, value] : object_.items()) {
            if (!seen_.contains(name)) fail("unknown field " + name);
        }
    }
    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorCode::model, where_, message);
    }

  private:
    static std::string kind(const Json& value) { return value.type_name(); }

    const Json& object_;
    std::string where_;
    std::set<std::string> seen_;
};

}  // namespace quire::formats
