// gen --top: every draw with its alternatives, as bars.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

#include "lib/generate/sampling/explain/explained_draw.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// A draw as lines: its number, the chosen token and the entropy; then for each token the model's probability, a
// bar, the probability with which it could be drawn or what left it out, and its text.
std::string draw_lines(const generate::ExplainedDraw& draw, std::size_t number,
                       const tokenizer::Tokenizer& tokenizer, bool coloured);

// A list of {token, id, forced, entropy, n_left, candidates: [{token, id, probability, drawn, left_out_by}]}.
nlohmann::ordered_json to_json(std::span<const generate::ExplainedDraw> draws,
                               const tokenizer::Tokenizer& tokenizer);

// gen --step: waits for a key at the terminal that standard input is. False for q and Ctrl-C.
bool wait_for_key();

}  // namespace quire::gen
