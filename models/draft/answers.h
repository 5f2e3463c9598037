// How a model with an encoder writes its answers: the settings of transformers' generate() that its
// checkpoint has.
#pragma once

#include "lib/spec/answer_spec.h"
#include "models/draft/draft.h"

namespace quire::models {

// From generation_config.json, or config.json where there is none, as in transformers. The languages
// are not known here. start_otherwise: the first token of answers where no key names it. Error{model}
// naming a setting that would change answers and is not supported.
spec::AnswerSpec read_answers(Draft& draft, std::optional<std::uint32_t> start_otherwise);

}  // namespace quire::models
