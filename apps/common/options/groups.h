// The headings under which --help lists options.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace quire::common {

// Gives every option without a heading one, in commands with many options.
void set_groups(CLI::App& app);

// The headings in the order of their first options; "Options", with --help and --version, comes last.
std::vector<std::string> groups_in_order(const CLI::App& app);

}  // namespace quire::common
