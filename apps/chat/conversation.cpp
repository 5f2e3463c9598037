#include "apps/chat/conversation.h"

#include "formats/openai/conversation.h"
#include "formats/openai/json_reader.h"

namespace quire::chat_app {

namespace openai = formats::openai;

namespace {

bool has_role(const Conversation::Json& message, const char* role) {
    return message.is_object() && message.value("role", "") == role;
}

// The text of a message, whose content may be a list of parts.
std::string text_of(const Conversation::Json& message) {
    const auto content = message.find("content");
    if (content == message.end()) return "";
    if (content->is_string()) return content->get<std::string>();
    std::string text;
    if (!content->is_array()) return text;
    for (const auto& part : *content) text += part.value("text", "");
    return text;
}

}  // namespace

Conversation Conversation::read(const std::string& text, const std::string& where) {
    (void)openai::or_error(where, [&] { return openai::read_conversation(text); });
    Conversation out;
    out.json_ = openai::read_json(text);
    return out;
}

std::string Conversation::to_text() const {
    return json_.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

formats::openai::Request Conversation::request() const {
    return openai::or_error("conversation", [&] { return openai::read_conversation(to_text()); });
}

const Conversation::Json& Conversation::messages() const {
    return json_.is_object() ? json_.at("messages") : json_;
}

Conversation::Json& Conversation::list() {
    return json_.is_object() ? json_.at("messages") : json_;
}

std::string Conversation::system() const {
    const Json& all = messages();
    return !all.empty() && has_role(all.front(), "system") ? text_of(all.front()) : "";
}

void Conversation::set_system(const std::string& text) {
    Json& all = list();
    if (!all.empty() && has_role(all.front(), "system")) all.erase(all.begin());
    if (!text.empty()) all.insert(all.begin(), Json{{"role", "system"}, {"content", text}});
}

void Conversation::add_user(const std::string& text) {
    list().push_back({{"role", "user"}, {"content", text}});
}

void Conversation::add_answer(const Answer& answer) {
    Json message{{"role", "assistant"}, {"content", answer.text}};
    if (!answer.thoughts.empty()) message["reasoning_content"] = answer.thoughts;
    list().push_back(std::move(message));
}

bool Conversation::ends_with_answer() const {
    return !messages().empty() && has_role(messages().back(), "assistant");
}

std::size_t Conversation::last_user() const {
    const Json& all = messages();
    for (std::size_t i = all.size(); i > 0; --i) {
        if (has_role(all[i - 1], "user")) return i - 1;
    }
    return all.size();
}

std::optional<std::string> Conversation::undo() {
    Json& all = list();
    const std::size_t at = last_user();
    if (at == all.size()) return std::nullopt;
    std::string text = text_of(all[at]);
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(at), all.end());
    return text;
}

bool Conversation::remove_answer() {
    Json& all = list();
    const std::size_t at = last_user();
    if (at == all.size()) return false;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(at + 1), all.end());
    return true;
}

bool Conversation::drop_oldest() {
    Json& all = list();
    std::size_t first = 0;
    while (first < all.size() && has_role(all[first], "system")) ++first;
    std::size_t next = first + 1;
    while (next < all.size() && !has_role(all[next], "user")) ++next;
    if (next >= all.size()) return false;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(first),
              all.begin() + static_cast<std::ptrdiff_t>(next));
    return true;
}

void Conversation::clear() {
    const std::string text = system();
    list().clear();
    set_system(text);
}

}  // namespace quire::chat_app
