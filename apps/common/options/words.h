// Options whose value is one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace quire::common {

// Accepts these words. The error names them and the value found.
CLI::Validator one_of(std::vector<std::string> words);

}  // namespace quire::common
