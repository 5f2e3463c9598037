// Checks the words of a command line before CLI11 parses them. CLI11 reports an unknown option with
// a value as a surplus argument, reads -cnv as -c nv, and -hf as a request for help.
#pragma once

namespace CLI {
class App;
}

namespace quire::common {

// Error{usage}, in one line, for an unknown option (with the closest known one, or the equivalent
// of another program's option), an option without its value or given twice, an unknown subcommand,
// a surplus argument, and a missing required option.
void check_arguments(const CLI::App& app, int argc, const char* const* argv);

}  // namespace quire::common
