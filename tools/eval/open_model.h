// A model file opened for evaluation.
#pragma once

#include <string>

#include "apps/common/load.h"
#include "formats/quire/reader.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::eval {

// Options that all commands of eval have.
struct Common {
    int n_threads = 1;
    common::Load load = {};
    std::string isa;
    bool json = false;
    bool verbose = false;
    kernels::KvType kv_type = kernels::KvType::f16;  // of the evaluated model
};

struct OpenModel {
    // Verifies the weights too: a result about a damaged file would be worthless. Error{model}.
    OpenModel(const std::string& path, const Common& common,
              kernels::KvType kv_type = kernels::KvType::f16);

    formats::QuireFile file;
    model::Model model;
    tokenizer::Tokenizer tokenizer;
};

// Error{usage} naming the file of a model that does not predict the next token: it has no logits, or
// attends to later tokens.
void check_predicts(const OpenModel& model);

}  // namespace quire::eval
