// --lookup: tokens that are guessed from what a text repeats (lib/generate/reuse/lookup.h).
#pragma once

#include <cstddef>

#include "lib/model/forward.h"

namespace CLI {
class App;
}

namespace quire::common {

// Sets max_guesses of EngineParams.
void add_lookup(CLI::App& app, std::size_t& max_guesses);

// Error{usage} if guesses were asked for and the model cannot take tokens back.
void check_lookup(const model::Model& model, std::size_t max_guesses);

}  // namespace quire::common
