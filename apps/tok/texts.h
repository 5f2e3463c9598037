// Everything but counts: ids, pieces, parts of texts, and decoding.
#pragma once

#include "apps/tok/count.h"
#include "apps/tok/options.h"

namespace quire::tok {

// Writes what the options ask for to standard output and returns the exit code. Pieces may be of
// several models, everything else is of the only one.
int run_texts(Models& models, const Options& options);

// Error{limit} for more tokens than --limit allows; otherwise 0.
int limit_exit(std::uint64_t n_tokens, const Options& options);

// A JSON value as a line; what is not UTF-8 becomes U+FFFD.
std::string line_of(const nlohmann::ordered_json& json);

}  // namespace quire::tok
