// How many positions a sequence may use.
#pragma once

#include <cstddef>
#include <string>

#include "lib/spec/model_spec.h"

namespace quire::generate {

// The context asked for; for 0 the model's. Error{usage} when it exceeds the model's.
std::size_t checked_context(const spec::ModelSpec& spec, std::size_t asked);

// Error{input} when a prompt of n_prompt tokens is empty or longer than the context, with both
// numbers. where: what the error calls the prompt.
void check_prompt(std::size_t n_prompt, std::size_t context, const std::string& where = "prompt");

}  // namespace quire::generate
