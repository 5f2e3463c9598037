// Views into a model: what its embedding matrix, its positions and its vocabulary look like.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "formats/quire/reader.h"

namespace CLI {
class App;
}

namespace quire::inspect {

struct ViewOptions {
    std::string near;
    std::string embedding;
    std::vector<std::string> analogy;  // three words, or none
    std::vector<std::string> map;
    bool positions = false;
    bool tokens = false;
    std::size_t count = 10;  // of --near and --analogy
    std::string svg;         // where the picture of --map, --positions or --tokens goes
    bool overwrite = false;
    int n_threads = 1;
};

void add_views(CLI::App& app, ViewOptions& options);

// Whether a view was asked for. Error{usage} for two at once, and for --svg or -n with a view that does not
// use it.
bool wants_view(const CLI::App& app, const ViewOptions& options);

// The view as text or as one JSON object; writes the picture, if one was asked for. Error{usage} naming the
// option for a word without tokens, Error{model} for a model without what is asked for.
std::string view_of(const formats::QuireFile& file, const std::string& path,
                    const ViewOptions& options, bool as_json);

}  // namespace quire::inspect
