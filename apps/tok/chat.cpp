#include "apps/tok/chat.h"

#include <ctime>
#include <nlohmann/json.hpp>

#include "lib/base/error.h"
#include "lib/text/chat/chat_template.h"

namespace quire::tok {

namespace {

std::string control_token(const text::Tokenizer& tokenizer, std::optional<std::uint32_t> id) {
    return id ? std::string(tokenizer.piece(*id)) : std::string();
}

text::ChatInput read_chat(const std::string& json, const std::string& where) {
    const auto parsed = nlohmann::ordered_json::parse(json, nullptr, false);
    text::ChatInput input;
    input.messages =
        parsed.is_object() ? parsed.value("messages", nlohmann::ordered_json()) : parsed;
    const bool is_list = input.messages.is_array() && !input.messages.empty();
    if (!is_list || !input.messages.front().is_object()) {
        throw Error(ErrorCode::input, where,
                    "expected a JSON list of messages, or an object with \"messages\"");
    }
    if (parsed.is_object() && parsed.contains("tools")) input.tools = parsed["tools"];
    if (!input.tools.is_null() && !input.tools.is_array()) {
        throw Error(ErrorCode::input, where, "tools: expected a list");
    }
    return input;
}

}  // namespace

RenderedChat render_chat(const std::string& json, const TokenizerFile& model,
                         const std::string& where) {
    if (model.chat_template().empty()) {
        throw Error(ErrorCode::model, model.name(), "--chat: the model has no chat template");
    }
    text::ChatInput input = read_chat(json, where);
    const text::Tokenizer& tokenizer = model.tokenizer();
    input.add_generation_prompt = true;
    input.bos_token = control_token(tokenizer, tokenizer.bos_id());
    if (!tokenizer.eos_ids().empty()) {
        input.eos_token = control_token(tokenizer, tokenizer.eos_ids().front());
    }
    input.time = std::time(nullptr);
    text::Rendered rendered = text::ChatTemplate(model.chat_template()).render(input);
    RenderedChat chat{std::move(rendered.text), {}};
    for (const auto& range : rendered.template_ranges) {
        chat.trusted.push_back({range.begin, range.end});
    }
    return chat;
}

}  // namespace quire::tok
