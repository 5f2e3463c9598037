// Checks the words of a command line before CLI11 parses them. CLI11 reports an unknown option with
// a value as a surplus argument, reads -cnv as -c nv, and -hf as a request for help.
#pragma once

#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace quire::common {

// Options of the command itself and of its groups.
std::vector<const CLI::Option*> options_of(const CLI::App& app);

// Error{usage}, in one line, for an unknown option (with the closest known one, or the equivalent
// of another program's option), an option without its value or given twice, an unknown subcommand,
// a surplus argument, and a missing required option.
void check_arguments(const CLI::App& app, int argc, const char* const* argv);

}  // namespace quire::common
