// A look at the words of a command line before CLI11 takes them apart. CLI11 reports an unknown
// option with a value as a surplus argument, reads -cnv as -c nv, and -hf as a call for help.
#pragma once

namespace CLI {
class App;
}

namespace quire::common {

// Error{usage}, in one line, for an unknown option (with the nearest known one, or what a known
// option of another program is called here), an option without its value or given twice, a command
// that is none, an argument too many, and a required option that is missing.
void check_arguments(const CLI::App& app, int argc, const char* const* argv);

}  // namespace quire::common
