// The model of a tokenizer.json: its vocabulary with merges or scores, by the type of the model.
#pragma once

#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/pipeline.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// To be called after read_pipeline() and with the added tokens in the source. Error{model} for an
// unsupported type of model or setting and for an inconsistent vocabulary. `root` is the whole
// document.
void read_model(tokenizer::TokenizerSpec& source, const PipelineFacts& facts, const JsonNode& root);

}  // namespace quire::formats
