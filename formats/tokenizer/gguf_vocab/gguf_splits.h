// How a byte-level vocabulary of a GGUF file splits text, by the name it has for that.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct GgufSplit {
    std::vector<tokenizer::SplitStep> steps;
    bool ignore_merges = false;
    bool add_bos = false;  // where the file does not say

    // What merges begin with: bytes, each written as its stand-in; characters of a text whose
    // spaces are U+2581; or characters of words, between which white space is dropped.
    enum class Symbols : std::uint8_t { bytes, characters, words };
    Symbols symbols = Symbols::bytes;
};

// name: tokenizer.ggml.pre. Nothing for one that is not known. The patterns are those of the
// tokenizer.json that the name was given to, where llama.cpp writes them otherwise.
// source: src/llama-vocab.cpp of llama.cpp
std::optional<GgufSplit> gguf_split(std::string_view name);

}  // namespace quire::formats
