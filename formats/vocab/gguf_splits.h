// How a byte-level vocabulary of a GGUF file splits text, by the name it has for that.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lib/text/tokenizer_source.h"

namespace quire::formats {

struct GgufSplit {
    std::vector<text::SplitStep> steps;
    bool ignore_merges = false;
    bool add_bos = false;  // where the file does not say
};

// name: tokenizer.ggml.pre. Nothing for one that is not known. The patterns are those of the
// tokenizer.json that the name was given to, where llama.cpp writes them otherwise.
// source: src/llama-vocab.cpp of llama.cpp
std::optional<GgufSplit> gguf_split(std::string_view name);

}  // namespace quire::formats
