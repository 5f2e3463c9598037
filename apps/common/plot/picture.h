// Writing a picture to where the user wants it.
#pragma once

#include <string>
#include <vector>

namespace quire::common {

// Writes an SVG file whole or not at all. It may replace a picture that Quire made; any other file only with
// `overwrite`. Error{usage} naming --svg for a file that the command reads (`inputs`) or that is not Quire's.
void write_picture(const std::string& path, const std::string& svg, bool overwrite,
                   const std::vector<std::string>& inputs);

}  // namespace quire::common
