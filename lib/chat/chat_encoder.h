// Turns a conversation into the ids that the model receives: renders the chat template, then
// encodes the text so that only what the template itself wrote can become a control token.
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
#include "lib/tokenizer/encode/encode_options.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::chat {

enum class ContentForm { text, parts };  // "hi", or [{"type": "text", "text": "hi"}]

// One template together with the control tokens of a tokenizer. Can also tell which forms of
// messages the template supports. Thread-safe.
class ChatRenderer {
  public:
    // Throws what ChatTemplate throws.
    ChatRenderer(std::string_view source, const tokenizer::Tokenizer& tokenizer);

    // The control tokens in `input` are replaced by those of the tokenizer.
    Rendered render(ChatInput input) const;

    // True if the template shows the text of a message with this role when its content has this
    // form. Determined by rendering a small conversation.
    bool shows(const std::string& role, ContentForm form) const;
    // True if the template reads a variable with this name.
    bool uses(std::string_view variable) const { return template_.uses(variable); }
    // True if the word is a string literal of the template.
    bool names(std::string_view word) const { return template_.names(word); }
    // True if the role is a common one or the template names it.
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
    // `tokenizer` must outlive the object. Throws what ChatTemplate throws.
    ChatEncoder(const ChatTemplates& sources, const tokenizer::Tokenizer& tokenizer);

    // Error{model} if there is no template of this kind.
    const ChatRenderer& renderer(bool with_tools) const;
    std::vector<std::uint32_t> encode(const Rendered& rendered) const;

    // The bytes that the template wrote, as the encoder expects them.
    static std::vector<tokenizer::TrustedRange> trusted(const Rendered& rendered);

  private:
    std::unique_ptr<const ChatRenderer> standard_, tool_use_;
    const tokenizer::Tokenizer& tokenizer_;
};

}  // namespace quire::chat
