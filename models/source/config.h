// Typed access to a checkpoint's configuration. Every error names the file and the key. The object
// remembers which keys were asked for, because a key that nobody asks for may change what the model
// computes: done() refuses it unless a table says what it does.
#pragma once

#include <map>
#include <set>
#include <string>

#include "models/source/source.h"

namespace quire::models {

// Both ends included.
struct CountRange {
    std::uint32_t low = 0;
    std::uint32_t high = UINT32_MAX;
};

class Config {
  public:
    explicit Config(const Source& source) : source_(source), json_(source.config) {}
    // An object inside the configuration; `where` is its key.
    Config(const Source& source, const nlohmann::json& json, std::string where);

    std::uint32_t count(const char* key, CountRange range = {}) const;
    std::uint32_t count_or(const char* key, std::uint32_t fallback, CountRange range = {}) const;
    // Finite.
    double number(const char* key) const;
    double number_or(const char* key, double fallback) const;
    std::string text(const char* key) const;
    std::string text_or(const char* key, const std::string& fallback) const;
    bool flag_or(const char* key, bool fallback) const;
    // Nothing where the key is absent or null.
    const nlohmann::json* find(const char* key) const;
    // Whether the key is there, null included: null may mean something else than absence.
    bool has(const char* key) const { return json_.contains(key); }
    // The key changes nothing in this family; `because` says why.
    void ignore(const char* key, const char* because) const;
    // The key may be absent; with any other value than these it is refused by name.
    void expect(const char* key, const nlohmann::json& values) const;
    // A feature that this family's file does not implement must be off.
    void refuse_if(bool on, const std::string& feature) const;
    [[noreturn]] void fail(const std::string& message) const;
    // Error{model} naming a key that was not asked for and whose effect no table states.
    void done() const;
    const Source& source() const noexcept { return source_; }

  private:
    const nlohmann::json& get(const char* key) const;
    std::string said(const std::string& key) const;
    void expect_one_of(const std::string& key, const nlohmann::json& values) const;

    const Source& source_;
    const nlohmann::json& json_;
    std::string where_;
    mutable std::set<std::string> asked_;
};

}  // namespace quire::models
