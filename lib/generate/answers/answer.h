// Requests to a model with an encoder: how a text becomes its source, and how the answer begins and
// is searched for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/generate/request.h"
#include "lib/spec/answer_spec.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

// What a user may choose; the rest is what the model's file says.
struct AnswerChoice {
    std::string from;                    // language of the source: a code, or empty
    std::string to;                      // of the answer
    std::optional<std::size_t> n_beams;  // at least 1
};

// The language of the model that a code means: its own code, the part of it before a script or
// country, or the code of two or three letters for the same language ("de" for "deu_Latn"). Null if
// there is none; Error{usage} naming `option` if several have that part.
const spec::Language* find_language(const spec::AnswerSpec& answers, std::string_view code,
                                    const std::string& option);

// The ids of a text as the encoder reads it, with the tokens that name languages. Error{usage} naming
// --from or --to for a language that the model does not have, and for one that it needs.
std::vector<std::uint32_t> source_ids(const spec::AnswerSpec& answers,
                                      const tokenizer::Tokenizer& tokenizer, std::string_view text,
                                      const AnswerChoice& choice);

// Sets the source of a request, the beginning of its answer, the rules of the answer, and the search
// with more than one beam. max_tokens of the request stays if it is set, otherwise it becomes what the
// model's file says. Throws as source_ids() does, and for settings of the request that a search
// would not follow.
void set_answer(Request& request, const spec::AnswerSpec& answers,
                std::vector<std::uint32_t> source, const AnswerChoice& choice);

}  // namespace quire::generate
