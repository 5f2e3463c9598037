// The model file that a command is given, the model in it, and its tokenizer.
#pragma once

#include <string>

#include "formats/quire/reader.h"
#include "lib/kernels/kernels.h"
#include "lib/model/forward.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::common {

// Opens the .quire file that find_model() finds for `given` and checks everything but its weights.
// Error{model} naming the file; for another kind of file the message says what it is.
formats::QuireFile open_model_file(const std::string& given);

// Error{model} when the tensors do not fit the spec. The file must outlive the model.
model::Model load_model(const formats::QuireFile& file, const kernels::KernelTable& kernels,
                        kernels::KvType kv_type);

// Error{model} naming a table that is missing or damaged. The file must outlive the tokenizer.
tokenizer::Tokenizer load_tokenizer(const formats::QuireFile& file);

// Whether the model has logits for the next token that were computed without that token.
bool predicts_tokens(const model::Model& model) noexcept;

}  // namespace quire::common
