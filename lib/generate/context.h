// How many positions a run may use.
#pragma once

#include <cstddef>

#include "lib/spec/model_spec.h"

namespace quire::generate {

// The positions asked for; 0: as many as the model was made for. Error{usage} when they are more.
std::size_t checked_context(const spec::ModelSpec& spec, std::size_t asked);

// Error{input} when the prompt is empty or longer than the context, with both numbers.
void check_prompt(std::size_t n_prompt, std::size_t context);

}  // namespace quire::generate
