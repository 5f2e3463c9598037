// The file of --trace: a page for people (.html) or an object for programs (.json).
#pragma once

#include <cstdint>
#include <vector>

#include "apps/gen/options.h"
#include "formats/quire/reader.h"
#include "lib/base/files/output_path.h"
#include "lib/model/bind.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::gen {

// Where --trace writes. To be called before the work: Error{usage} for a name with another ending, for a file that
// the command reads, and for a file that is no trace, unless --overwrite is given.
base::OutputPath trace_output(const Options& options);

struct Traced {
    const formats::QuireFile& file;
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
};

// Computes the prompt and its answer once more, watching what happens inside, and writes that to
// options.trace_output.
void write_trace(const Options& options, const Traced& traced, std::vector<std::uint32_t> prompt,
                 const std::vector<std::uint32_t>& answer);

}  // namespace quire::gen
