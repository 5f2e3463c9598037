// Values of options from a file: CLI11's configuration, which every command reads.
//
//   model = "smollm2"       # for all commands that have the option
//   threads = 4
//   [gen]                   # for gen alone
//   temp = 0.3
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace quire::common {

// $QUIRE_CONFIG, else quire/config.toml in $XDG_CONFIG_HOME, else in ~/.config. Empty if none of these
// variables is set.
std::string config_path();

// Lets the file set options that the command line does not. Parsing then throws Error{usage}, naming the
// file, for a key that no command has, or that its command has not.
void use_config(CLI::App& app);

}  // namespace quire::common
