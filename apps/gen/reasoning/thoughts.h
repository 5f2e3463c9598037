// The thoughts of a model that thinks before it answers: they are kept apart from the answer.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/generate/request.h"
#include "lib/generate/sampling/answers/thought_limit.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// How the model's template marks thoughts, for an answer to this prompt. Nothing if it has no such marks
// that are one token each, with --raw, and with a constraint, which leaves no place for thoughts.
// Error{usage} if --reasoning-budget needs them.
std::optional<generate::ThoughtParams> thoughts_of(const Options& options,
                                                   const formats::QuireFile& file,
                                                   const tokenizer::Tokenizer& tokenizer,
                                                   std::span<const std::uint32_t> prompt);

// Divides tokens into thoughts and answer as they come.
class ThoughtStream {
  public:
    // `tokenizer` must outlive the object.
    ThoughtStream(const generate::ThoughtParams& params, const tokenizer::Tokenizer& tokenizer);

    struct Text {
        std::string thought;
        std::string answer;  // without empty lines at its beginning
    };
    Text push(std::span<const std::uint32_t> tokens);
    Text finish();

  private:
    void add_answer(std::string text, Text& out);

    generate::ThoughtParams params_;
    bool open_;
    bool answered_ = false;
    tokenizer::DecodeStream thought_;
    tokenizer::DecodeStream answer_;
};

}  // namespace quire::gen
