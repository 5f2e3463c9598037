#include "formats/openai/messages.h"

#include <algorithm>
#include <array>

#include "formats/openai/body_fields.h"
#include "formats/openai/json_reader.h"

namespace quire::formats::openai {

namespace {

bool is_blank(const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

// A part with its text under "text". The other type names are those of answers, which clients send
// back unchanged. source: OpenAI API reference, "Chat completions" and "Responses".
Json text_part(Json part, const std::string& at) {
    if (!part.is_object()) refuse_type(at, "an object", part);
    const auto type = part.find("type");
    if (type == part.end() || !type->is_string()) {
        refuse("missing_required_parameter", at + ".type", "expected a string, found none");
    }
    const auto name = type->get<std::string>();
    constexpr std::array<std::string_view, 4> kTextTypes{"text", "input_text", "output_text",
                                                         "refusal"};
    if (std::ranges::find(kTextTypes, name) == kTextTypes.end()) {
        refuse_unsupported(at + ".type", "expected \"text\", found " + text_of(*type));
    }
    const std::string key = name == "refusal" ? "refusal" : "text";
    const auto text = part.find(key);
    if (text == part.end()) {
        refuse("missing_required_parameter", at + "." + key, "expected a string, found none");
    }
    if (!text->is_string()) refuse_type(at + "." + key, "a string", *text);
    *type = "text";
    if (key == "text") return part;
    const Json content = *text;
    part.erase(key);
    part["text"] = content;
    return part;
}

void read_content(Json& message, const std::string& where) {
    const auto content = message.find("content");
    if (content == message.end()) {
        // An answer may be empty when it called tools or only contains thoughts.
        if (message["role"] != "assistant" && !message.contains("tool_calls")) {
            refuse("missing_required_parameter", where + ".content", "expected text, found none");
        }
        return;
    }
    if (content->is_array()) {
        for (std::size_t i = 0; i < content->size(); ++i) {
            (*content)[i] = text_part((*content)[i], where + ".content[" + std::to_string(i) + "]");
        }
    } else if (!content->is_string()) {
        refuse_type(where + ".content", "a string or a list of text parts", *content);
    }
}

// In the API, arguments are a string of JSON; templates print the object. Missing arguments become
// {}, however they are written. A model may have produced something that is not a JSON object: then
// templates get the string.
Json parsed_arguments(const Json& arguments, const std::string& where) {
    if (arguments.is_null()) return Json::object();
    if (arguments.is_object() || arguments.is_array()) return arguments;
    if (!arguments.is_string()) {
        refuse_type(where, "a string of JSON or an object", arguments);
    }
    const auto& text = arguments.get_ref<const std::string&>();
    if (is_blank(text)) return Json::object();
    try {
        Json parsed = read_json(text, Dialect::python);
        if (parsed.is_null()) return Json::object();
        return parsed.is_object() ? parsed : arguments;
    } catch (const JsonError& error) {
        if (error.is_limit) refuse("invalid_value", where, error.what());
        return arguments;
    }
}

void read_calls(Json& message, const std::string& where) {
    const auto calls = message.find("tool_calls");
    if (calls == message.end()) return;
    if (!calls->is_array()) refuse_type(where + ".tool_calls", "a list", *calls);
    if (calls->empty()) {
        message.erase("tool_calls");  // templates that test for it expect a non-empty list
        return;
    }
    for (std::size_t i = 0; i < calls->size(); ++i) {
        const std::string at = where + ".tool_calls[" + std::to_string(i) + "]";
        Json& call = (*calls)[i];
        if (!call.is_object()) refuse_type(at, "an object", call);
        const auto function = call.find("function");
        if (function == call.end() || !function->is_object()) {
            refuse("missing_required_parameter", at + ".function", "expected an object");
        }
        (*function)["arguments"] =
            parsed_arguments(function->value("arguments", Json()), at + ".function.arguments");
    }
}

// What an answer may have instead of text. Audio and calls of the old form have no counterpart in
// templates.
void read_other_answers(Json& message, const std::string& where) {
    for (const char* name : {"function_call", "audio"}) {
        if (message.contains(name)) refuse_unsupported(where + "." + name, "not supported here");
    }
    const auto refusal = message.find("refusal");
    if (refusal == message.end()) return;
    if (!refusal->is_string()) refuse_type(where + ".refusal", "a string", *refusal);
    const auto content = message.find("content");
    if (content != message.end() && *content != "") {
        refuse_unsupported(where + ".refusal", "expected content or a refusal, found both");
    }
    const Json text = *refusal;
    message.erase("refusal");
    message["content"] = text;
}

// The thoughts of an answer have three names; templates read the first or the second. source:
// transformers 5.24, chat_template_utils._alias_reasoning_fields.
Json with_reasoning(Json message) {
    for (const char* name : {"reasoning_content", "thinking", "reasoning"}) {
        const auto found = message.find(name);
        if (found == message.end()) continue;
        const Json reasoning = *found;
        Json out = Json::object({{"thinking", reasoning}});
        for (const auto& [key, value] : message.items()) out[key] = value;
        out["reasoning_content"] = reasoning;
        return out;
    }
    return message;
}

Json without_nulls(const Json& message) {
    Json out = Json::object();
    for (const auto& [key, value] : message.items()) {
        if (!value.is_null()) out[key] = value;
    }
    return out;
}

Json message_for_template(const Json& given, const std::string& where) {
    if (!given.is_object()) refuse_type(where, "an object", given);
    Json message = without_nulls(given);
    const auto role = message.find("role");
    if (role == message.end()) {
        refuse("missing_required_parameter", where + ".role", "expected a string, found none");
    }
    if (!role->is_string()) refuse_type(where + ".role", "a string", *role);
    read_other_answers(message, where);
    read_calls(message, where);
    read_content(message, where);
    return with_reasoning(std::move(message));
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
