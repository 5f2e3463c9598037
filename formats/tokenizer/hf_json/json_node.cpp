#include "formats/tokenizer/hf_json/json_node.h"

#include <utility>

#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::formats {

JsonNode::JsonNode(const nlohmann::json& json, std::string where, std::string place)
    : json_(&json), where_(std::move(where)), place_(std::move(place)) {}

std::optional<JsonNode> JsonNode::find(const char* key) const {
    if (!json_->is_object()) expected("an object");
    const auto found = json_->find(key);
    if (found == json_->end() || found->is_null()) return std::nullopt;
    return JsonNode(*found, where_, place_.empty() ? key : place_ + "." + key);
}

JsonNode JsonNode::at(const char* key) const {
    const std::optional<JsonNode> found = find(key);
    if (!found) fail(std::string("\"") + key + "\" is missing");
    return *found;
}

std::size_t JsonNode::size() const {
    if (!json_->is_array()) expected("a list");
    return json_->size();
}

JsonNode JsonNode::item(std::size_t i) const {
    return {(*json_)[i], where_, place_ + "[" + std::to_string(i) + "]"};
}

std::string JsonNode::text() const {
    if (!json_->is_string()) expected("a string");
    return json_->get<std::string>();
}

std::uint32_t JsonNode::id() const {
    if (!json_->is_number_unsigned() || json_->get<std::uint64_t>() >= 0xFFFFFFFF) {
        expected("an id");
    }
    return json_->get<std::uint32_t>();
}

bool JsonNode::flag() const {
    if (!json_->is_boolean()) expected("true or false");
    return json_->get<bool>();
}

bool JsonNode::flag_or(const char* key, bool otherwise) const {
    const std::optional<JsonNode> found = find(key);
    return found ? found->flag() : otherwise;
}

void JsonNode::expected(const char* what) const {
    fail(std::string("expected ") + what + ", found " + json_->type_name());
}

void JsonNode::fail(const std::string& message) const {
    // A key of the file may be any text.
    const std::string place = base::printable(place_, 200);
    throw Error(ErrorCode::model, where_, place.empty() ? message : place + ": " + message);
}

}  // namespace quire::formats
