// Pages of `quire help` that belong to no single command.
#pragma once

#include <string>
#include <string_view>

namespace quire::front {

// The page; empty for a word that is no topic.
std::string topic(std::string_view word);

}  // namespace quire::front
