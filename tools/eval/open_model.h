// A model file opened to be judged.
#pragma once

#include <string>

#include "formats/quire/reader.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::eval {

// What the commands of eval share.
struct Common {
    int n_threads = 1;
    std::string isa;
    bool json = false;
    kernels::KvType kv_type = kernels::KvType::f16;  // of the model that is judged
};

struct OpenModel {
    // Checks the weights too: a number about a damaged file would be worth nothing. Error{model}.
    OpenModel(const std::string& path, const Common& common,
              kernels::KvType kv_type = kernels::KvType::f16);

    formats::QuireFile file;
    model::Model model;
    tokenizer::Tokenizer tokenizer;
};

// Whether the model gives logits for the next token without having seen it.
bool foresees(const model::Model& model) noexcept;

// Error{usage} naming the file of a model that has no logits, or that sees what it would have to
// foresee.
void check_foresees(const OpenModel& model);

}  // namespace quire::eval
