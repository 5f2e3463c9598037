// The man page of a command, from its options and its page.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace quire::common {

// In the language man(7) of troff.
std::string man_page(const CLI::App& app);

}  // namespace quire::common
