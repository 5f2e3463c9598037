// The steps of a tokenizer.json around its model: normalizer, pre-tokenizer, post-processor and
// decoder. Each function adds to the source and throws Error{model} naming a step or setting that
// is not supported.
#pragma once

#include "formats/tokenizer/hf_json/json_node.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct PipelineFacts {
    bool byte_level = false;     // a ByteLevel pre-tokenizer
    bool byte_fallback = false;  // a ByteFallback decoder
    std::string word_suffix;     // of a BPEDecoder; empty without one
};

void read_normalizer(tokenizer::TokenizerSpec& source, const JsonNode& root);
void read_pre_tokenizer(tokenizer::TokenizerSpec& source, PipelineFacts& facts,
                        const JsonNode& root);

// Reads all of them. `root` is the whole document.
PipelineFacts read_pipeline(tokenizer::TokenizerSpec& source, const JsonNode& root);

}  // namespace quire::formats
