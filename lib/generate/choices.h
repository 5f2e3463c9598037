// Which of several texts follows a prompt, by the model's own probabilities.
#pragma once

#include <cstdint>
#include <vector>

#include "lib/generate/engine.h"

namespace quire::generate {

using Tokens = std::vector<std::uint32_t>;

// The probability of each choice, given that one of them follows the prompt: at every place the
// model chooses among the tokens with which some choice goes on, or, where one is complete, the
// token `end`. They sum to 1. `choices` has at least one; none is empty, and no two are equal.
// Empty if a step was interrupted. Throws as Engine::add() and step() do, and model::NotFinite. The
// engine must have no other requests.
std::vector<double> choice_probabilities(Engine& engine, const Tokens& prompt,
                                         const std::vector<Tokens>& choices, std::uint32_t end);

}  // namespace quire::generate
