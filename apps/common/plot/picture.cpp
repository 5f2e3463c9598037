#include "apps/common/plot/picture.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/command.h"
#include "apps/common/files/own_file.h"
#include "apps/common/plot/svg.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"

namespace quire::common {

void add_picture(CLI::App& app, PictureOption& picture, const std::string& help) {
    picture.options.push_back(app.add_option("--svg", picture.path, help)->type_name("FILE"));
    add_overwrite(app, picture.overwrite);
}

std::optional<base::OutputPath> picture_output(const PictureOption& picture,
                                               const std::vector<std::string>& inputs) {
    const bool asked = std::ranges::any_of(
        picture.options, [](const CLI::Option* option) { return option->count() > 0; });
    if (!asked && picture.overwrite) {
        throw Error(ErrorCode::usage, "--overwrite", "expected --svg beside it");
    }
    if (!asked) return std::nullopt;
    if (picture.path.empty()) {
        throw Error(ErrorCode::usage, "--svg", "expected a file, found an empty name");
    }
    return own_output(picture.path, {"--svg", "a picture that Quire made", kPictureMark},
                      picture.overwrite, inputs);
}

void write_picture(const base::OutputPath& output, const std::string& svg) {
    base::write_output(output, base::as_bytes(svg));
}

}  // namespace quire::common
