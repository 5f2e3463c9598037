// From a conversation to the ids that a model is given for it: the template's text, in which only
// what the template itself wrote can become a control token.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/chat/chat_template.h"
#include "lib/chat/template_sources.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::chat {

enum class ContentForm { text, parts };  // "hi", or [{"type": "text", "text": "hi"}]

// One template with the control tokens of a tokenizer, and what it makes of the forms that a message
// may have. May be used from several threads at once.
class ChatRenderer {
  public:
    // Throws as ChatTemplate does.
    ChatRenderer(std::string_view source, const tokenizer::Tokenizer& tokenizer);

    // The control tokens that the template may name are the tokenizer's, whatever `input` says.
    Rendered render(ChatInput input) const;

    // Whether the text of a message of this role is in the rendered text, as text, when its content
    // has this form. Found out by rendering a small conversation.
    bool shows(const std::string& role, ContentForm form) const;
    // The template reads a variable of this name.
    bool uses(std::string_view variable) const { return template_.uses(variable); }
    // The word is one of the template's string literals.
    bool names(std::string_view word) const { return template_.names(word); }
    // The role is one of those in use or named by the template.
    bool knows_role(std::string_view role) const;

  private:
    bool find_out(const std::string& role, ContentForm form) const;

    ChatTemplate template_;
    std::string bos_token_, eos_token_;
    mutable std::mutex mutex_;
    mutable std::map<std::pair<std::string, ContentForm>, bool> shown_;
};

class ChatEncoder {
  public:
    // `tokenizer` must outlive the object. Throws as ChatTemplate does.
    ChatEncoder(const ChatTemplates& sources, const tokenizer::Tokenizer& tokenizer);

    // Error{model} when there is no template of this kind.
    const ChatRenderer& renderer(bool with_tools) const;
    std::vector<std::uint32_t> encode(const Rendered& rendered) const;

    // The bytes that the template wrote, as a tokenizer takes them.
    static std::vector<tokenizer::TrustedRange> trusted(const Rendered& rendered);

  private:
    std::unique_ptr<const ChatRenderer> standard_, tool_use_;
    const tokenizer::Tokenizer& tokenizer_;
};

}  // namespace quire::chat
