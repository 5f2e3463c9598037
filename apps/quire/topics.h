// Pages of `quire help` that belong to no single command.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::front {

// The page; empty for a word that is no topic.
std::string topic(std::string_view word);

// All of them, and docs, which lists the documents.
std::vector<std::string> topic_names();

}  // namespace quire::front
