// gen --surprise: a text, coloured by how little the model expected each token.
#pragma once

#include "apps/gen/options.h"
#include "apps/gen/scores.h"

namespace quire::gen {

// The surprise of a token is -log2 of its probability, in bits: 1 for even chances, 10 for one in a thousand. A
// text that is longer than the context is read in windows that overlap by half. Writes the text, coloured at a
// terminal, otherwise with the bits of tokens of at least kMarkedBits behind them; then the mean, and the most
// surprising tokens with their lines. With --json one object with tokens, each with its text and bits. Writes
// nothing after Ctrl-C.
inline constexpr double kMarkedBits = 8;
void write_surprise(const Options& options, const Scored& prompt);

}  // namespace quire::gen
