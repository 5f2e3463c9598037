#include "models/family.h"

#include <array>

#include "lib/base/error.h"

namespace quire::models {

namespace {

struct Family {
    std::string_view model_type;  // config.json's model_type, GGUF's general.architecture
    Plan (*plan)(const Source&);
};

constexpr std::array<Family, 2> kFamilies{{
    {"llama", plan_llama},
    {"mistral", plan_llama},
}};

[[noreturn]] void fail(const Source& source, const std::string& message) {
    throw Error(ErrorCode::model, source.path, message);
}

}  // namespace

Plan make_plan(const Source& source) {
    const std::string type = Config(source).text_or("model_type", "");
    std::string known;
    for (const Family& family : kFamilies) {
        if (family.model_type == type) {
            Plan plan = family.plan(source);
            spec::validate(plan.spec, source.path);
            return plan;
        }
        known += (known.empty() ? "" : ", ") + std::string(family.model_type);
    }
    fail(source, "model_type expected to be one of " + known + ", found \"" + type + "\"");
}

const nlohmann::json* Config::find(const char* key) const {
    const auto found = source_.config.find(key);
    return found == source_.config.end() || found->is_null() ? nullptr : &*found;
}

std::uint32_t Config::count(const char* key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) fail(source_, std::string("config: ") + key + " expected, none found");
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() > UINT32_MAX) {
        fail(source_, std::string("config: ") + key + " expected a count, found " + value->dump());
    }
    return value->get<std::uint32_t>();
}

std::uint32_t Config::count_or(const char* key, std::uint32_t fallback) const {
    return find(key) == nullptr ? fallback : count(key);
}

double Config::number(const char* key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) fail(source_, std::string("config: ") + key + " expected, none found");
    if (!value->is_number()) {
        fail(source_, std::string("config: ") + key + " expected a number, found " + value->dump());
    }
    return value->get<double>();
}

double Config::number_or(const char* key, double fallback) const {
    return find(key) == nullptr ? fallback : number(key);
}

std::string Config::text_or(const char* key, const std::string& fallback) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_string()) {
        fail(source_, std::string("config: ") + key + " expected text, found " + value->dump());
    }
    return value->get<std::string>();
}

bool Config::flag_or(const char* key, bool fallback) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) {
        fail(source_,
             std::string("config: ") + key + " expected true or false, found " + value->dump());
    }
    return value->get<bool>();
}

void Config::refuse_if(bool on, const std::string& feature) const {
    if (on) fail(source_, "config: " + feature + " is not supported");
}

const formats::SourceTensor* Taker::take(const std::string& name) {
    const formats::SourceTensor* tensor = take_if(name);
    if (tensor == nullptr) fail(source_, "tensor " + name + " expected, none found");
    return tensor;
}

const formats::SourceTensor* Taker::take_if(const std::string& name) {
    const auto found = left_.find(name);
    if (found == left_.end()) return nullptr;
    const formats::SourceTensor* tensor = found->second;
    left_.erase(found);
    return tensor;
}

void Taker::done() const {
    if (!left_.empty()) {
        fail(source_, "tensor " + left_.begin()->first +
                          " found, which this family does not use (" +
                          std::to_string(left_.size()) + " such tensors)");
    }
}

}  // namespace quire::models
