// Counts the tokens of texts with several threads in constant memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/tok/inputs.h"
#include "apps/tok/models/tokenizer_file.h"
#include "apps/tok/options.h"

namespace quire::tok {

struct Count {
    Input input;
    std::uint64_t n_bytes = 0;
    std::vector<std::uint64_t> n_tokens;  // (models)
    std::string error;                    // empty: counted
};

// One entry per input, in order. A large file is split between threads; standard input is counted
// as it arrives. A text that cannot be read gets an error and no counts.
std::vector<Count> count_texts(Models& models, const std::vector<Input>& inputs,
                               const Options& options);

// The sum; its name is "total".
Count total_of(const std::vector<Count>& counts, std::size_t n_models);

}  // namespace quire::tok
