// gen --suggest: the words with which a text may go on, as a phone offers them.
#pragma once

#include <string>
#include <vector>

#include "apps/gen/options.h"
#include "apps/gen/scores.h"

namespace quire::gen {

struct Suggestion {
    std::string text;        // with the space in front of it, if there is one
    double probability = 0;  // of its tokens, one after another
};

// The likeliest words after the prompt, likeliest first: each of the likeliest tokens is followed greedily to the
// end of its word. Empty after Ctrl-C.
std::vector<Suggestion> suggestions(const Options& options, const Scored& prompt);

// Writes a line for each: probability and word; with --json one object with suggestions (text, probability).
void write_suggestions(const Options& options, const Scored& prompt);

}  // namespace quire::gen
