#include "lib/chat/chat_encoder.h"

#include "lib/chat/jinja/values/roles.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::chat {

namespace {

using Json = nlohmann::ordered_json;

// Made of digits, which no template trims, capitalizes or escapes.
constexpr std::string_view kProbe = "8253947160";

std::string control_token(const tokenizer::Tokenizer& tokenizer, std::optional<std::uint32_t> id) {
    return id ? std::string(tokenizer.piece(*id)) : std::string();
}

Json user_turn(const std::string& text) {
    return {{"role", "user"}, {"content", text}};
}

// The smallest conversation with a message of this role where templates expect it.
Json conversation_with(const std::string& role, const Json& content) {
    Json message{{"role", role}, {"content", content}};
    Json messages = Json::array();
    if (role == "user") {
        messages.push_back(std::move(message));
    } else if (role == "system" || role == "developer") {
        messages.push_back(std::move(message));
        messages.push_back(user_turn("a"));
    } else if (role == "tool") {
        // Some templates require ids of nine letters and digits.
        const Json function{{"name", "f"}, {"arguments", Json::object()}};
        const Json call{{"id", "call00001"}, {"type", "function"}, {"function", function}};
        messages.push_back(user_turn("a"));
        messages.push_back(
            {{"role", "assistant"}, {"content", ""}, {"tool_calls", Json::array({call})}});
        message["tool_call_id"] = "call00001";
        message["name"] = "f";
        messages.push_back(std::move(message));
    } else {
        messages.push_back(user_turn("a"));
        messages.push_back(std::move(message));
    }
    return messages;
}

// Text inside a list that was printed in the style of Python or JSON does not count as shown.
bool has_text(const std::string& rendered, std::string_view text) {
    const std::string probe(text);
    return rendered.find(probe) != std::string::npos &&
           rendered.find("'text': '" + probe) == std::string::npos &&
           rendered.find("\"text\": \"" + probe) == std::string::npos &&
           rendered.find("\"text\":\"" + probe) == std::string::npos;
}

}  // namespace

ChatRenderer::ChatRenderer(std::string_view source, const tokenizer::Tokenizer& tokenizer)
    : template_(source),
      bos_token_(control_token(tokenizer, tokenizer.bos_id())),
      eos_token_(tokenizer.eos_ids().empty()
                     ? std::string()
                     : control_token(tokenizer, tokenizer.eos_ids().front())) {}

Rendered ChatRenderer::render(ChatInput input) const {
    input.bos_token = bos_token_;
    input.eos_token = eos_token_;
    return template_.render(input);
}

bool ChatRenderer::find_out(const std::string& role, ContentForm form) const {
    const std::string probe(kProbe);
    Json content = probe;
    if (form == ContentForm::parts) {
        content = Json::array({{{"type", "text"}, {"text", probe}}});
    }
    ChatInput input;
    input.messages = conversation_with(role, content);
    input.add_generation_prompt = true;
    try {
        return has_text(render(std::move(input)).text, probe);
    } catch (const Error&) {
        return false;
    }
}

bool ChatRenderer::shows(const std::string& role, ContentForm form) const {
    const std::pair key{role, form};
    {
        const std::lock_guard lock(mutex_);
        const auto known = shown_.find(key);
        if (known != shown_.end()) return known->second;
    }
    const bool shown = find_out(role, form);
    constexpr std::size_t kMaxRoles = 100;  // a bound, since roles come with requests
    const std::lock_guard lock(mutex_);
    if (shown_.size() < kMaxRoles) shown_.emplace(key, shown);
    return shown;
}

bool ChatRenderer::knows_role(std::string_view role) const {
    return jinja::is_common_role(role) || names(role);
}

ChatEncoder::ChatEncoder(const ChatTemplates& sources, const tokenizer::Tokenizer& tokenizer)
    : tokenizer_(tokenizer) {
    const auto renderer_of = [&](std::string_view source) {
        return source.empty() ? nullptr : std::make_unique<const ChatRenderer>(source, tokenizer);
    };
    standard_ = renderer_of(sources.standard);
    tool_use_ = renderer_of(sources.tool_use);
}

const ChatRenderer& ChatEncoder::renderer(bool with_tools) const {
    if (with_tools && tool_use_) return *tool_use_;
    if (!standard_) {
        throw Error(ErrorCode::model, "chat template",
                    "expected one for conversations without tools, found only \"tool_use\"");
    }
    return *standard_;
}

std::vector<tokenizer::TrustedRange> ChatEncoder::trusted(const Rendered& rendered) {
    std::vector<tokenizer::TrustedRange> ranges;
    for (const auto& range : rendered.template_ranges) ranges.push_back({range.begin, range.end});
    return ranges;
}

std::vector<std::uint32_t> ChatEncoder::encode(const Rendered& rendered) const {
    const std::vector<tokenizer::TrustedRange> ranges = trusted(rendered);
    tokenizer::EncodeOptions options;
    options.trusted = ranges;
    return tokenizer::encode(tokenizer_, rendered.text, options);
}

}  // namespace quire::chat
