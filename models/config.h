// Typed access to a checkpoint's configuration; every error names the file and the key. It
// remembers which keys were asked for, because one that nobody asks for may change what the model
// computes.
#pragma once

#include <set>
#include <string>

#include "models/source.h"

namespace quire::models {

class Config {
  public:
    explicit Config(const Source& source) : source_(source), json_(source.config) {}
    // An object inside the configuration; `where` is its key.
    Config(const Source& source, const nlohmann::json& json, std::string where);

    std::uint32_t count(const char* key) const;
    std::uint32_t count_or(const char* key, std::uint32_t fallback) const;
    double number(const char* key) const;
    double number_or(const char* key, double fallback) const;
    std::string text(const char* key) const;
    std::string text_or(const char* key, const std::string& fallback) const;
    bool flag_or(const char* key, bool fallback) const;
    // Null and absent are the same.
    const nlohmann::json* find(const char* key) const;
    // A feature that this family's file does not implement must be off.
    void refuse_if(bool on, const std::string& feature) const;
    [[noreturn]] void fail(const std::string& message) const;
    // Error{model} naming a key that is set, was not asked for, and is not known to leave the
    // result as it is (training, sampling, names).
    void done() const;
    const Source& source() const noexcept { return source_; }

  private:
    const nlohmann::json& get(const char* key) const;

    const Source& source_;
    const nlohmann::json& json_;
    std::string where_;
    mutable std::set<std::string> asked_;
};

}  // namespace quire::models
