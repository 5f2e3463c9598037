#include "formats/openai/conversation.h"

#include <algorithm>
#include <array>

#include "formats/openai/body_fields.h"
#include "formats/openai/messages.h"
#include "lib/base/quoted.h"

namespace quire::formats::openai {

namespace {

using chat::ChatRenderer;
using chat::ContentForm;

// Keys of a content part that matter only to the service or the client, not to the model.
constexpr std::array<std::string_view, 4> kSilentKeys{"type", "text", "annotations",
                                                      "cache_control"};

std::string joined(const Json& parts, const std::string& where) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        for (const auto& [key, value] : parts[i].items()) {
            if (value.is_null() || std::ranges::find(kSilentKeys, key) != kSilentKeys.end()) {
                continue;
            }
            refuse_unsupported(where + "[" + std::to_string(i) + "]." + key,
                               "this model's chat template takes no parts, so nothing reads this");
        }
        text += parts[i]["text"].get<std::string>();
    }
    return text;
}

void adapt_content(Json& content, const std::string& role, const ChatRenderer& renderer,
                   const std::string& where) {
    if (content.is_array()) {
        const bool stays = !content.empty() && renderer.shows(role, ContentForm::parts);
        if (!stays) content = joined(content, where);
    } else if (!renderer.shows(role, ContentForm::text) &&
               renderer.shows(role, ContentForm::parts)) {
        content = Json::array({{{"type", "text"}, {"text", content}}});
    }
}

Json adapted_messages(const Json& messages, const ChatRenderer& renderer) {
    Json out = messages;
    for (std::size_t i = 0; i < out.size(); ++i) {
        Json& message = out[i];
        if (message["role"] == "developer" && !renderer.names("developer")) {
            message["role"] = "system";
        }
        const auto content = message.find("content");
        if (content == message.end()) continue;
        adapt_content(*content, message["role"].get<std::string>(), renderer,
                      "messages[" + std::to_string(i) + "].content");
    }
    return out;
}

Json variables_of(const Request& request, const ChatRenderer& renderer) {
    Json variables = request.template_variables;
    for (const auto& [name, value] : variables.items()) {
        if (renderer.uses(name)) continue;
        refuse_unsupported("chat_template_kwargs." + name,
                           "expected a variable that the chat template reads, found another");
    }
    if (!request.reasoning_effort) return variables;
    if (!renderer.uses("reasoning_effort")) {
        refuse_unsupported("reasoning_effort", "this model's chat template does not read it");
    }
    if (variables.is_null()) variables = Json::object();
    if (!variables.contains("reasoning_effort")) {
        variables["reasoning_effort"] = *request.reasoning_effort;
    }
    return variables;
}

// Adds an empty content where there is none. False when none was missing.
bool fill_contents(Json& messages) {
    bool filled = false;
    for (Json& message : messages) {
        if (message.contains("content")) continue;
        message["content"] = "";
        filled = true;
    }
    return filled;
}

chat::Rendered render(chat::ChatInput input, const ChatRenderer& renderer) {
    try {
        return renderer.render(input);
    } catch (const Error&) {
        // Templates that concatenate strings fail when the content is missing.
        if (!fill_contents(input.messages)) throw;
        return renderer.render(input);
    }
}

void refuse_hidden_tools(const chat::ChatInput& input, const chat::Rendered& with_tools,
                         const ChatRenderer& renderer) {
    chat::ChatInput without = input;
    without.tools = nullptr;
    try {
        if (render(std::move(without), renderer).text != with_tools.text) return;
    } catch (const Error&) {
        return;  // the template needs the tools
    }
    refuse_unsupported("tools", renderer.uses("tools")
                                    ? "this model's chat template does not show them here"
                                    : "this model's chat template has no place for them");
}

void refuse_unknown_roles(const Json& messages, const ChatRenderer& renderer) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const auto role = messages[i]["role"].get<std::string>();
        if (renderer.knows_role(role)) continue;
        refuse("invalid_value", "messages[" + std::to_string(i) + "].role",
               "expected system, developer, user, assistant, tool or a role that the chat template "
               "names, found " +
                   text_of(messages[i]["role"]));
    }
}

}  // namespace

chat::Rendered render_conversation(const Request& request, const chat::ChatEncoder& encoder,
                                   std::optional<std::time_t> time) {
    const ChatRenderer& renderer = encoder.renderer(!request.tools.is_null());
    chat::ChatInput input;
    input.messages = adapted_messages(request.messages, renderer);
    input.tools = request.tools;
    input.extra = variables_of(request, renderer);
    input.add_generation_prompt = true;
    input.time = time;
    chat::Rendered rendered = render(input, renderer);
    refuse_unknown_roles(input.messages, renderer);
    if (!request.tools.is_null()) refuse_hidden_tools(input, rendered, renderer);
    return rendered;
}

Request request_of_turn(std::string_view prompt, std::string_view system) {
    Json messages = Json::array();
    if (!system.empty()) messages.push_back({{"role", "system"}, {"content", system}});
    messages.push_back({{"role", "user"}, {"content", prompt}});
    Request request;
    request.messages = messages_for_template(messages);
    return request;
}

Error error_of(const Refusal& refusal, const std::string& where) {
    const std::string field = refusal.param.empty() ? "" : base::printable(refusal.param) + ": ";
    return Error(ErrorCode::input, where, field + refusal.message);
}

}  // namespace quire::formats::openai
