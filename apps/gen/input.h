// Where the prompt's bytes come from.
#pragma once

#include <optional>
#include <string>

#include "apps/gen/options.h"

namespace quire::gen {

struct Input {
    std::string text;   // unchanged; never empty
    std::string where;  // what messages call it
};

// The prompt, or the conversation of --messages. Where there are both standard input and a prompt
// among the arguments, the prompt follows it behind a space, as llm and ollama have it. Nothing when
// there is neither and standard input is a terminal: then gen prints its usage rather than wait.
// Error{input} when it is empty or cannot be read. beside_arguments: whether standard input is read
// when there is a prompt.
std::optional<Input> read_prompt(const Options& options, bool beside_arguments);

}  // namespace quire::gen
