// Typed access to a checkpoint's configuration. Every error names the file and the key. The object
// records which keys are read, because a key that nobody reads may change what the model computes:
// done() refuses it unless a table says what it does.
#pragma once

#include <string>
#include <vector>

#include "lib/base/json/json_object.h"
#include "models/source/source.h"

namespace quire::models {

// Both ends included.
struct CountRange {
    std::uint32_t low = 0;
    std::uint32_t high = UINT32_MAX;
};

class Config {
  public:
    explicit Config(const Source& source) : Config(source, source.config, "") {}
    // An object inside the configuration; `where` is its key. Both arguments must outlive the
    // Config.
    Config(const Source& source, const nlohmann::json& json, const std::string& where);

    std::uint32_t count(const char* key, CountRange range = {});
    std::uint32_t count_or(const char* key, std::uint32_t fallback, CountRange range = {});
    // Finite.
    double number(const char* key);
    double number_or(const char* key, double fallback);
    // A list of n finite numbers; without the key, all are `fallback`.
    std::vector<double> numbers_or(const char* key, std::size_t n, double fallback);
    std::string text(const char* key) { return fields_.get<std::string>(key); }
    std::string text_or(const char* key, const std::string& fallback);
    bool flag_or(const char* key, bool fallback);
    // Null where the key is absent or null.
    const nlohmann::json* find(const char* key) { return fields_.find(key); }
    // Whether the key is there, null included: null may mean something else than absence.
    bool has(const char* key) const { return fields_.has(key); }
    // The key changes nothing in this family; `because` says why.
    void ignore(const char* key, const char* because);
    // The key may be absent; any value other than these is refused.
    void expect(const char* key, const nlohmann::json& values);
    // A feature that this family's file does not implement must be off.
    void refuse_if(bool on, const std::string& feature) const;
    [[noreturn]] void fail(const std::string& message) const;
    // Error{model} naming a key that was not read and whose effect no table states.
    void done() const;
    const Source& source() const noexcept { return source_; }

  private:
    void expect_one_of(const std::string& key, const nlohmann::json& values) const;

    const Source& source_;
    const nlohmann::json& json_;
    std::string where_;
    base::JsonObject<nlohmann::json> fields_;
};

}  // namespace quire::models
