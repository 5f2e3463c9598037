// Writing a small file, such as a picture or a trace, to where the user wants it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::common {

// What a command writes.
struct OwnFile {
    std::string option;     // "--svg", for messages
    std::string kind;       // "a picture that Quire made", for messages
    std::string_view mark;  // is in the first kMarkedBytes of every such file, and in no other
};
inline constexpr std::size_t kMarkedBytes = 400;

// Writes the text whole or not at all. It may replace a file of the same kind; any other file only with
// `overwrite`. Error{usage} naming the option for a file that the command reads (`inputs`) or that is not Quire's.
void write_own_file(const std::string& path, std::string_view text, const OwnFile& own,
                    bool overwrite, const std::vector<std::string>& inputs);

}  // namespace quire::common
