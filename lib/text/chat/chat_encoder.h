// From a conversation to the ids that a model is given for it: the template's text, in which only
// what the template itself wrote can become a control token.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lib/text/chat/chat_template.h"
#include "lib/text/tokenizer.h"

namespace quire::text {

class ChatEncoder {
  public:
    // `tokenizer` must outlive the object. Throws as ChatTemplate does.
    ChatEncoder(std::string_view template_source, const Tokenizer& tokenizer);

    // The control tokens that the template may name are the tokenizer's, whatever `input` says.
    Rendered render(ChatInput input) const;
    std::vector<std::uint32_t> encode(const Rendered& rendered) const;

  private:
    ChatTemplate template_;
    const Tokenizer& tokenizer_;
};

}  // namespace quire::text
