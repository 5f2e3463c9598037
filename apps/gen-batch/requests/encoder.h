// Turns a request into the token ids that the model is given.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <variant>
#include <vector>

#include "formats/openai/request.h"
#include "formats/quire/reader.h"
#include "lib/chat/chat_encoder.h"
#include "lib/spec/text_prompts.h"

namespace quire::gen_batch {

// Positions of a prompt: in a model that reads a source text those of its encoder, otherwise those that
// were asked for. Error{usage} when they exceed the model's.
std::size_t prompt_context(const spec::ModelSpec& spec, std::size_t asked);

class RequestEncoder {
  public:
    using Ids = std::vector<std::uint32_t>;

    // The arguments must outlive the object. context: of a prompt, or of the source text of a model
    // that reads one. Error{model} for a template that cannot be used.
    RequestEncoder(const formats::QuireFile& file, const tokenizer::Tokenizer& tokenizer,
                   std::size_t context, std::optional<std::int64_t> time);

    // The ids of each prompt, or a Refusal when the template rejects the request or a prompt does
    // not fit the context. Turns biases of texts into those of tokens.
    std::variant<std::vector<Ids>, formats::openai::Refusal> encode(
        formats::openai::Request& request) const;

    // Where a document begins in the ids of a request for a ranking.
    std::size_t second_begin(const formats::openai::Request& request) const {
        return before_document(request).size();
    }

    // Null for a model that continues its prompts.
    const spec::AnswerSpec* answers() const noexcept { return answers_ ? &*answers_ : nullptr; }

  private:
    void resolve_biases(formats::openai::Sampling& sampling) const;
    Ids encode_chat(const formats::openai::Request& request) const;
    // before: what goes before a text.
    Ids encode_prompt(const formats::openai::Request& request,
                      const formats::openai::Prompt& prompt, const std::string& before,
                      const char* param) const;
    // What goes before the texts of a request for vectors. Throws a Refusal.
    std::string text_before(const formats::openai::Request& request) const;
    void check(const formats::openai::Request& request) const;
    // The ids of a query and of what is between it and a document.
    Ids before_document(const formats::openai::Request& request) const;

    const tokenizer::Tokenizer& tokenizer_;
    spec::ClassifierSpec classifier_;
    std::optional<spec::AnswerSpec> answers_;  // of a model that reads a source text
    std::optional<chat::ChatEncoder> chat_;
    spec::TextPrompts prompts_;
    std::size_t vocab_size_;
    std::size_t context_;
    std::optional<std::int64_t> time_;
};

}  // namespace quire::gen_batch
