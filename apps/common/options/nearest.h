// Suggestions for misspelt words.
#pragma once

#include <string>
#include <vector>

namespace quire::common {

// The known word that was probably meant; empty when none is close.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace quire::common
