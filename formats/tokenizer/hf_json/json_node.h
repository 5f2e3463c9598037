// A value inside a JSON document together with its place, so that every error says where it is:
// "tokenizer.json: model.merges[7]: expected a string". Unlike base::JsonObject it descends through
// objects and lists, whose items have no keys, and it does not track which members were read: the
// readers of tokenizer.json skip settings that have no effect on ids.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/json/json.h"

namespace quire::formats {

class JsonNode {
  public:
    // `json` must outlive the node. where: the file; place: inside the file, "" for the document.
    JsonNode(const nlohmann::json& json, std::string where, std::string place = "");

    const nlohmann::json& json() const noexcept { return *json_; }
    bool is_null() const noexcept { return json_->is_null(); }

    // A member of an object; nothing when it is missing or null.
    std::optional<JsonNode> find(const char* key) const;
    JsonNode at(const char* key) const;  // Error{model} when it is missing or null
    std::size_t size() const;            // of an array
    JsonNode item(std::size_t i) const;  // of an array; i < size()

    std::string text() const;
    std::uint32_t id() const;  // 0 to 2^32 - 2
    bool flag() const;

    bool flag_or(const char* key, bool otherwise) const;

    [[noreturn]] void fail(const std::string& message) const;

  private:
    [[noreturn]] void expected(const char* what) const;

    const nlohmann::json* json_;
    std::string where_;
    std::string place_;
};

}  // namespace quire::formats
