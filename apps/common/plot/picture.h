// The option --svg of commands whose result is also a picture.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/files/output_path.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace quire::common {

struct PictureOption {
    std::string path;
    bool overwrite = false;
    std::vector<const CLI::Option*> options = {};  // --svg of each command that has it
};

// --svg FILE and --overwrite. help: what the picture shows.
void add_picture(CLI::App& app, PictureOption& picture, const std::string& help);

// Where the picture goes; nothing without --svg. To be called before the work: Error{usage} for a file that
// the command reads (`inputs`) or that is no picture of Quire's, and for --overwrite alone.
std::optional<base::OutputPath> picture_output(const PictureOption& picture,
                                               const std::vector<std::string>& inputs);

void write_picture(const base::OutputPath& output, const std::string& svg);

}  // namespace quire::common
