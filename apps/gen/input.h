// Where the prompt's bytes come from.
#pragma once

#include <optional>
#include <string>

#include "apps/gen/options.h"

namespace quire::gen {

struct Input {
    std::string text;   // unchanged; never empty
    std::string where;  // what error messages call it
};

// The prompt, or the conversation of --messages. When there are both standard input and a prompt
// argument, the result is both, joined by a space, as with llm and ollama. Nothing when there is no
// prompt and standard input is a terminal: gen then prints its usage instead of waiting.
// Error{input} when the prompt is empty or cannot be read. with_stdin: whether to read standard
// input also when there is a prompt argument.
std::optional<Input> read_prompt(const Options& options, bool with_stdin);

}  // namespace quire::gen
