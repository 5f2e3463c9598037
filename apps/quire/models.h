// quire models: the models that have names, and the files that were packed on the way.
#pragma once

#include <string>
#include <vector>

namespace quire::front {

// words: what follows `quire models`. Returns the exit code; throws Error.
int run_models(const std::vector<std::string>& words);

}  // namespace quire::front
