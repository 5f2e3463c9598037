// How a byte-level vocabulary of a GGUF file splits text, by the name of the split.
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
    bool add_bos = false;  // if the file does not say

    // The symbols that merges start from: bytes, each written as its stand-in character; characters
    // of a text with U+2581 for spaces; or characters of words, with the white space between words
    // dropped.
    enum class Symbols : std::uint8_t { bytes, characters, words };
    Symbols symbols = Symbols::bytes;
};

// name: tokenizer.ggml.pre. Nothing for an unknown name. Where llama.cpp writes a pattern
// differently, this is the pattern of the tokenizer.json that the name was given to. source:
// src/llama-vocab.cpp of llama.cpp
std::optional<GgufSplit> gguf_split(std::string_view name);

}  // namespace quire::formats
