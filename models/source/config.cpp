#include "models/source/config.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "models/source/config_keys.h"

namespace quire::models {

namespace {

// The key as the checkpoint spells it, for a message.
std::string spelled_key(const Source& source, const std::string& key) {
    const auto theirs = source.words.find(key);
    return base::printable(theirs == source.words.end() ? key : theirs->second);
}

[[noreturn]] void fail_at(const Source& source, const std::string& where,
                          const std::string& message) {
    throw Error(ErrorCode::model, source.path, "config: " + where + message);
}

auto fault_handler(const Source& source, const std::string& where) {
    return [&source, where](base::JsonFault<nlohmann::json> fault) {
        fault.key = spelled_key(source, fault.key);
        fail_at(source, where, fault.text());
    };
}

std::string prefix_of(const std::string& where) {
    return where.empty() ? "" : where + ": ";
}

}  // namespace

Config::Config(const Source& source, const nlohmann::json& json, const std::string& where)
    : source_(source),
      json_(json),
      where_(prefix_of(where)),
      fields_(json, fault_handler(source, where_)) {}

void Config::fail(const std::string& message) const {
    fail_at(source_, where_, message);
}

std::uint32_t Config::count(const char* key, CountRange range) {
    return static_cast<std::uint32_t>(fields_.integer(key, range.low, range.high));
}

std::uint32_t Config::count_or(const char* key, std::uint32_t fallback, CountRange range) {
    return find(key) == nullptr ? fallback : count(key, range);
}

double Config::number(const char* key) {
    const auto value = fields_.get<double>(key);
    if (!std::isfinite(value)) fields_.wrong(key, "a finite number", find(key));
    return value;
}

double Config::number_or(const char* key, double fallback) {
    return find(key) == nullptr ? fallback : number(key);
}

std::vector<double> Config::numbers_or(const char* key, std::size_t n, double fallback) {
    std::vector<double> out(n, fallback);
    const nlohmann::json* list = find(key);
    if (list == nullptr) return out;
    for (std::size_t i = 0; i < n; ++i) {
        const bool is_list = list->is_array() && list->size() == n && (*list)[i].is_number();
        if (is_list) out[i] = (*list)[i].get<double>();
        if (!is_list || !std::isfinite(out[i])) {
            fields_.wrong(key, std::to_string(n) + " finite numbers", list);
        }
    }
    return out;
}

std::string Config::text_or(const char* key, const std::string& fallback) {
    return fields_.find_as<std::string>(key).value_or(fallback);
}

bool Config::flag_or(const char* key, bool fallback) {
    return fields_.find_as<bool>(key).value_or(fallback);
}

void Config::ignore(const char* key, const char*) {
    fields_.ignore(key);
}

void Config::expect(const char* key, const nlohmann::json& values) {
    fields_.ignore(key);
    if (json_.contains(key)) expect_one_of(key, values);
}

void Config::expect_one_of(const std::string& key, const nlohmann::json& values) const {
    const nlohmann::json& value = json_.at(key);
    if (values.is_array() && std::ranges::find(values, value) != values.end()) return;
    if (value == values) return;
    fail(spelled_key(source_, key) + " " + base::json_excerpt(value) + " is not supported");
}

void Config::refuse_if(bool on, const std::string& feature) const {
    if (on) fail(feature + " is not supported");
}

void Config::done() const {
    const auto table = config_keys();
    for (const std::string& key : fields_.unread()) {
        const auto row = std::ranges::lower_bound(table, std::string_view(key), {}, &KnownKey::key);
        if (row == table.end() || row->key != key) {
            fail("key " + spelled_key(source_, key) + " is not understood by this family");
        }
        if (const auto* equal = std::get_if<MustEqual>(&row->meaning)) {
            expect_one_of(key, base::parse_json(equal->json, key));
        }
    }
}

}  // namespace quire::models
