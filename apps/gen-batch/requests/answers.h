// Answers of chats: how calls are asked for, and what an answer consists of.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "formats/openai/request.h"
#include "formats/openai/response.h"
#include "lib/chat/answers/answer_manner.h"
#include "lib/chat/template_sources.h"
#include "lib/generate/constraints/constraints.h"
#include "lib/generate/request.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen_batch {

class ChatAnswers {
  public:
    // `tokenizer` must outlive the object.
    ChatAnswers(const chat::ChatTemplates& templates, const tokenizer::Tokenizer& tokenizer);

    // What the answer must follow if it must call a tool; otherwise null. Throws Refusal.
    std::shared_ptr<constraints::Constraint> calls_for(const formats::openai::Request& request,
                                                       std::span<const std::uint32_t> prompt) const;

    // Divides the text of a chat's answer into content, thoughts and calls.
    void divide(const formats::openai::Request& request, std::span<const std::uint32_t> prompt,
                const generate::Result& result, formats::openai::Choice& choice) const;

  private:
    const chat::AnswerManner& manner(const formats::openai::Request& request) const;
    // Whether the prompt ends within a thought.
    bool thinks(const chat::AnswerManner& manner, std::span<const std::uint32_t> prompt) const;
    std::string named_text(std::span<const std::uint32_t> tokens) const;
    std::string mark(const std::string& name) const;
    std::optional<constraints::CallForm> form_of(const chat::AnswerManner& manner) const;

    const tokenizer::Tokenizer& tokenizer_;
    chat::AnswerManner standard_;
    chat::AnswerManner with_tools_;
};

}  // namespace quire::gen_batch
