// The headings under which --help lists options.
#pragma once

namespace CLI {
class App;
}

namespace quire::common {

// Gives every option without a heading one, in commands with many options.
void set_groups(CLI::App& app);

}  // namespace quire::common
