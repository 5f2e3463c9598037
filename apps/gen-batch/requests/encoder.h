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

namespace quire::gen_batch {

class RequestEncoder {
  public:
    using Ids = std::vector<std::uint32_t>;

    // The arguments must outlive the object. Error{model} for a template that cannot be used.
    RequestEncoder(const formats::QuireFile& file, const tokenizer::Tokenizer& tokenizer,
                   std::size_t vocab_size, std::size_t context, std::optional<std::int64_t> time);

    // The ids of each prompt, or a Refusal when the template rejects the request or a prompt does
    // not fit the context.
    std::variant<std::vector<Ids>, formats::openai::Refusal> encode(
        const formats::openai::Request& request) const;

  private:
    Ids encode_chat(const formats::openai::Request& request) const;
    Ids encode_prompt(const formats::openai::Prompt& prompt, const char* param) const;

    const tokenizer::Tokenizer& tokenizer_;
    std::optional<chat::ChatEncoder> chat_;
    std::size_t vocab_size_;
    std::size_t context_;
    std::optional<std::int64_t> time_;
};

}  // namespace quire::gen_batch
