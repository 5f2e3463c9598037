#include <CLI/CLI.hpp>

#include "apps/common/command.h"
#include "apps/common/options/numbers.h"
#include "lib/base/error.h"
#include "tools/inspect/views.h"

namespace quire::inspect {

namespace {

// The names of the views that were asked for.
std::vector<std::string> asked(const ViewOptions& options) {
    std::vector<std::string> names;
    if (!options.near.empty()) names.emplace_back("--near");
    if (!options.embedding.empty()) names.emplace_back("--embedding");
    if (!options.analogy.empty()) names.emplace_back("--analogy");
    if (!options.map.empty()) names.emplace_back("--map");
    if (options.positions) names.emplace_back("--positions");
    if (options.tokens) names.emplace_back("--tokens");
    return names;
}

}  // namespace

void add_views(CLI::App& app, ViewOptions& options) {
    app.add_option("--near", options.near,
                   "List the tokens whose embeddings are nearest to a word's; mind the space in "
                   "front: \" king\"")
        ->type_name("WORD")
        ->group("Views");
    app.add_option("--analogy", options.analogy,
                   "What is to C as B is to A: the tokens nearest to B - A + C")
        ->expected(3)
        ->type_name("A B C")
        ->group("Views");
    app.add_option("--embedding", options.embedding,
                   "Show the vector that each token of a text becomes, beside its one-hot form")
        ->type_name("TEXT")
        ->group("Views");
    app.add_option("--map", options.map,
                   "Place words in the plane in which their embeddings differ most")
        ->type_name("WORD ...")
        ->group("Views");
    app.add_flag("--positions", options.positions,
                 "Show how the model tells positions apart, over the distance of two tokens")
        ->group("Views");
    app.add_flag("--tokens", options.tokens,
                 "Show statistics of the vocabulary: lengths and scripts")
        ->group("Views");
    common::add_integer(app, "-n,--count", options.count, {1, 10'000},
                        "How many tokens --near and --analogy list (default: 10)")
        ->group("Views");
    app.add_option("--svg", options.svg, "Draw --map, --positions or --tokens as a picture")
        ->type_name("FILE")
        ->group("Views");
    common::add_overwrite(app, options.overwrite);
    app.get_option("--overwrite")->group("Views");
}

bool wants_view(const CLI::App& app, const ViewOptions& options) {
    const std::vector<std::string> names = asked(options);
    const bool draws = !options.map.empty() || options.positions || options.tokens;
    const bool counts = !options.near.empty() || !options.analogy.empty();
    if (names.size() > 1) {
        throw Error(ErrorCode::usage, names[1],
                    "expected one view, found " + names[0] + " as well");
    }
    if (!options.svg.empty() && !draws) {
        throw Error(ErrorCode::usage, "--svg", "expected --map, --positions or --tokens beside it");
    }
    if (options.overwrite && options.svg.empty()) {
        throw Error(ErrorCode::usage, "--overwrite", "expected --svg beside it");
    }
    if (app.count("--count") > 0 && !counts) {
        throw Error(ErrorCode::usage, "-n", "expected --near or --analogy beside it");
    }
    // CLI11 takes an empty argument for one that was not given.
    for (const char* option : {"--near", "--embedding", "--svg"}) {
        if (app.count(option) > 0 && app.get_option(option)->as<std::string>().empty()) {
            throw Error(ErrorCode::usage, option, "expected a text, found an empty one");
        }
    }
    return !names.empty();
}

}  // namespace quire::inspect
