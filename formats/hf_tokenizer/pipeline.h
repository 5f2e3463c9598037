// The steps of a tokenizer.json around its model: normalizer, pre-tokenizer, post-processor and
// decoder, each written into the source. Every function throws Error{model} with the name of a step
// or setting that is not supported.
#pragma once

#include "formats/hf_tokenizer/json_node.h"
#include "lib/text/tokenizer_source.h"

namespace quire::formats {

struct PipelineFacts {
    bool byte_level = false;     // a ByteLevel pre-tokenizer
    bool byte_fallback = false;  // a ByteFallback decoder
    std::string word_suffix;     // of a BPEDecoder; empty: there is none
};

void read_normalizer(text::TokenizerSource& source, const JsonNode& root);
void read_pre_tokenizer(text::TokenizerSource& source, PipelineFacts& facts, const JsonNode& root);

// All of them. `root` is the whole document.
PipelineFacts read_pipeline(text::TokenizerSource& source, const JsonNode& root);

}  // namespace quire::formats
