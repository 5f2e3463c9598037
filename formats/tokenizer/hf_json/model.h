// The model of a tokenizer.json: its vocabulary with merges or scores, by the type of the model.
#pragma once

#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/pipeline.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// After read_pipeline() and with the added tokens in the source. Error{model} for a type of model
// or a setting that is not supported and for a vocabulary that contradicts itself. `root` is the
// whole document.
void read_model(tokenizer::TokenizerSpec& source, const PipelineFacts& facts, const JsonNode& root);

}  // namespace quire::formats
