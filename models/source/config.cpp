#include "models/source/config.h"

#include <algorithm>
#include <cmath>

#include "lib/base/error.h"
#include "lib/base/json_text.h"
#include "models/source/config_keys.h"

namespace quire::models {

Config::Config(const Source& source, const nlohmann::json& json, std::string where)
    : source_(source), json_(json), where_(std::move(where) + ": ") {
    if (!json.is_object()) fail("expected an object, found " + base::json_excerpt(json));
}

void Config::fail(const std::string& message) const {
    throw Error(ErrorCode::model, source_.path, "config: " + where_ + message);
}

// The key as the checkpoint spells it.
std::string Config::said(const std::string& key) const {
    const auto theirs = source_.words.find(key);
    return theirs == source_.words.end() ? key : theirs->second;
}

const nlohmann::json* Config::find(const char* key) const {
    asked_.insert(key);
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json& Config::get(const char* key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) fail(said(key) + " expected, none found");
    return *value;
}

std::uint32_t Config::count(const char* key, CountRange range) const {
    const nlohmann::json& value = get(key);
    if (!value.is_number_integer() || value < 0 || value > UINT32_MAX) {
        fail(said(key) + " expected a count, found " + base::json_excerpt(value));
    }
    const auto n = value.get<std::uint32_t>();
    if (n < range.low || n > range.high) {
        fail(said(key) + " expected between " + std::to_string(range.low) + " and " +
             std::to_string(range.high) + ", found " + std::to_string(n));
    }
    return n;
}

std::uint32_t Config::count_or(const char* key, std::uint32_t fallback, CountRange range) const {
    return find(key) == nullptr ? fallback : count(key, range);
}

double Config::number(const char* key) const {
    const nlohmann::json& value = get(key);
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
        fail(said(key) + " expected a number, found " + base::json_excerpt(value));
    }
    return value.get<double>();
}

double Config::number_or(const char* key, double fallback) const {
    return find(key) == nullptr ? fallback : number(key);
}

std::string Config::text(const char* key) const {
    const nlohmann::json& value = get(key);
    if (!value.is_string()) {
        fail(said(key) + " expected text, found " + base::json_excerpt(value));
    }
    return value.get<std::string>();
}

std::string Config::text_or(const char* key, const std::string& fallback) const {
    return find(key) == nullptr ? fallback : text(key);
}

bool Config::flag_or(const char* key, bool fallback) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) {
        fail(said(key) + " expected true or false, found " + base::json_excerpt(*value));
    }
    return value->get<bool>();
}

void Config::ignore(const char* key, const char*) const {
    asked_.insert(key);
}

void Config::expect(const char* key, const nlohmann::json& values) const {
    asked_.insert(key);
    if (json_.contains(key)) expect_one_of(key, values);
}

void Config::expect_one_of(const std::string& key, const nlohmann::json& values) const {
    const nlohmann::json& value = json_.at(key);
    if (values.is_array() && std::ranges::find(values, value) != values.end()) return;
    if (value == values) return;
    fail(said(key) + " " + base::json_excerpt(value) + " is not supported");
}

void Config::refuse_if(bool on, const std::string& feature) const {
    if (on) fail(feature + " is not supported");
}

void Config::done() const {
    const auto table = config_keys();
    for (const auto& [key, value] : json_.items()) {
        if (asked_.contains(key)) continue;
        const auto row = std::ranges::lower_bound(table, std::string_view(key), {}, &KnownKey::key);
        if (row == table.end() || row->key != key) {
            fail("key " + said(key) + " is not understood by this family");
        }
        if (const auto* equal = std::get_if<MustEqual>(&row->meaning)) {
            expect_one_of(key, nlohmann::json::parse(equal->json));
        }
    }
}

}  // namespace quire::models
