#include "formats/openai/messages.h"

#include <algorithm>
#include <array>

#include "formats/openai/body_fields.h"

namespace quire::formats::openai {

namespace {

constexpr std::array<std::string_view, 6> kRoles{"system",    "developer", "user",
                                                 "assistant", "tool",      "function"};

std::string joined_parts(const Json& parts, const std::string& where) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string at = where + "[" + std::to_string(i) + "]";
        const Json& part = parts[i];
        if (!part.is_object()) refuse_type(at, "an object", part);
        const auto type = part.find("type");
        if (type == part.end() || !type->is_string()) {
            refuse("missing_required_parameter", at + ".type", "expected a string, found none");
        }
        if (*type != "text") {
            refuse_unsupported(at + ".type",
                               "expected \"text\", found \"" + type->get<std::string>() + "\"");
        }
        const auto content = part.find("text");
        if (content == part.end()) {
            refuse("missing_required_parameter", at + ".text", "expected a string, found none");
        }
        if (!content->is_string()) refuse_type(at + ".text", "a string", *content);
        text += content->get<std::string>();
    }
    return text;
}

// The API carries arguments as a string of JSON; templates print them as the object they are.
void parse_arguments(Json& calls, const std::string& where) {
    if (!calls.is_array()) refuse_type(where, "a list", calls);
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const std::string at = where + "[" + std::to_string(i) + "]";
        if (!calls[i].is_object()) refuse_type(at, "an object", calls[i]);
        const auto function = calls[i].find("function");
        if (function == calls[i].end() || !function->is_object()) {
            refuse("missing_required_parameter", at + ".function", "expected an object");
        }
        const auto arguments = function->find("arguments");
        if (arguments == function->end() || !arguments->is_string()) continue;
        Json parsed = Json::parse(arguments->get<std::string>(), nullptr, false);
        if (parsed.is_object()) *arguments = std::move(parsed);
    }
}

Json message_for_template(Json message, const std::string& where) {
    if (!message.is_object()) refuse_type(where, "an object", message);
    const auto role = message.find("role");
    if (role == message.end()) {
        refuse("missing_required_parameter", where + ".role", "expected a string, found none");
    }
    if (!role->is_string()) refuse_type(where + ".role", "a string", *role);
    const auto name = role->get<std::string>();
    if (std::ranges::find(kRoles, name) == kRoles.end()) {
        refuse("invalid_value", where + ".role",
               "expected system, developer, user, assistant or tool, found \"" + name + "\"");
    }
    if (name == "developer") *role = "system";
    const auto calls = message.find("tool_calls");
    const bool has_calls = calls != message.end() && !calls->is_null();
    if (has_calls) parse_arguments(*calls, where + ".tool_calls");
    const auto content = message.find("content");
    if (content == message.end() || content->is_null()) {
        if (!has_calls) {
            refuse("missing_required_parameter", where + ".content", "expected text, found none");
        }
        return message;
    }
    if (content->is_array()) *content = joined_parts(*content, where + ".content");
    if (!content->is_string()) {
        refuse_type(where + ".content", "a string or a list of text parts", *content);
    }
    return message;
}

}  // namespace

Json messages_for_template(const Json& messages) {
    if (!messages.is_array()) refuse_type("messages", "a list", messages);
    if (messages.empty()) refuse("invalid_value", "messages", "expected at least one, found none");
    Json out = Json::array();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        out.push_back(message_for_template(messages[i], "messages[" + std::to_string(i) + "]"));
    }
    return out;
}

void check_tools(const Json& tools) {
    if (!tools.is_array()) refuse_type("tools", "a list", tools);
    for (std::size_t i = 0; i < tools.size(); ++i) {
        const std::string at = "tools[" + std::to_string(i) + "]";
        if (!tools[i].is_object()) refuse_type(at, "an object", tools[i]);
        const auto function = tools[i].find("function");
        if (function == tools[i].end() || !function->is_object() || !function->contains("name")) {
            refuse("missing_required_parameter", at + ".function", "expected a named function");
        }
    }
}

}  // namespace quire::formats::openai
