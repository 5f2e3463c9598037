// gen at a terminal, without a prompt.
#pragma once

namespace CLI {
class App;
}

namespace quire::gen {

// Becomes `quire chat` with the same options if all that were given have a meaning there. Otherwise
// prints the help and returns the exit code of wrong usage.
int without_prompt(const CLI::App& app);

}  // namespace quire::gen
