// The pages of docs/, as they are installed, or as they are in the checkout around a build folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::front {

// Their names, such as tutorial, in order; empty where they are not installed.
std::vector<std::string> document_names();

// The text of a page without the comments that only tests read; empty if there is none of this
// name.
std::string document(std::string_view name);

// What there is, with a line about each, and where the files are.
std::string list_of_documents();

}  // namespace quire::front
