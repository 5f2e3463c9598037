// gen --embed and gen --classify: a vector, or the scores of all labels, for each line of the
// input.
#pragma once

#include <string>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// Writes one line for each line of `input`, or a table of cosines when several vectors go to a
// terminal. Says on standard error which prompt goes before every line without having been asked for.
// Error{usage} when the model has no classification head, no prompt of the name that was asked for, or
// fewer dimensions; Error{input} naming the line when it has no tokens or more than the context.
void run_vectors(const std::string& input, const Options& options, const formats::QuireFile& file,
                 const model::Model& model, const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
