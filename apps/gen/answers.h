// Models with an encoder: gen translates, summarizes or answers the prompt, as a whole or line by line.
#pragma once

#include "apps/gen/input.h"
#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// Notes whether --temp was given: answers are searched for otherwise.
void note_temperature(Options& options, const CLI::App& app);

// Error{usage} when the model has no encoder and an option needs one, and when it has one and an
// option does not fit it.
void check_answer_options(const Options& options, const model::Model& model);

// Writes the answer, or with --lines that to each line, in order; an empty line has an empty one. The
// memory for keys and values is not limited. Returns the exit code.
int run_answers(const Input& prompt, const Options& options, const formats::QuireFile& file,
                const model::Model& model, const tokenizer::Tokenizer& tokenizer);

}  // namespace quire::gen
