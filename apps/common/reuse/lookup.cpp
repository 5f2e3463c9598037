#include "apps/common/reuse/lookup.h"

#include <CLI/CLI.hpp>

#include "lib/generate/reuse/lookup.h"

namespace quire::common {

void add_lookup(CLI::App& app, std::size_t& max_guesses) {
    app.add_flag_callback(
        "--lookup", [&max_guesses] { max_guesses = generate::kMostGuesses; },
        "Guess tokens from what was written before and check several in a pass; changes speed, "
        "never the text");
}

void check_lookup(const model::Model& model, std::size_t max_guesses) {
    if (max_guesses == 0 || model.kv_layout.state_bytes == 0) return;
    throw Error(ErrorCode::usage, "--lookup",
                "expected a model without recurrent layers, whose state cannot take tokens back");
}

}  // namespace quire::common
