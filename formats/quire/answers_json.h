// AnswerSpec as the JSON of its section, which files of models with an encoder have. Every field is
// written and expected, and an unknown one is refused by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/spec/answer_spec.h"

namespace quire::formats {

std::string answers_to_json(const spec::AnswerSpec& answers);
// vocab_size: ids are below it. Error{model} naming `where` and the field.
spec::AnswerSpec answers_from_json(std::string_view json, std::uint32_t vocab_size,
                                   const std::string& where);

}  // namespace quire::formats
