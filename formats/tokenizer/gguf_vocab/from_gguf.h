// The vocabularies that come without a tokenizer.json: that of a GGUF file (tokenizer.ggml.*) and
// that of llama2.c (tokenizer.bin). What such a file leaves to its reader, above all how text is
// split, is filled in here as the reader it was made for has it.
// source: src/llama-vocab.cpp of llama.cpp; run.c of llama2.c.
#pragma once

#include <span>
#include <string>

#include "formats/gguf/gguf.h"
#include "formats/tokenizer/llama2c_vocab/llama2c_tokenizer.h"
#include "lib/chat/template_sources.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// tokenizer.ggml.model "gpt2" (byte-level BPE, split as tokenizer.ggml.pre says; some of its splits
// are of characters instead), "gemma4" and "whitespace" (BPE of characters), "llama" (SentencePiece
// BPE with scores), "bert" (WordPiece) or "t5" (unigram). Error{model} naming the key for any other
// model or split, for a vocabulary that contradicts itself, and for a key that is not known
// (gguf_keys.h).
tokenizer::TokenizerSpec from_gguf(const GgufFile& file);

// tokenizer.chat_template and those beside it that tokenizer.chat_templates names.
chat::TemplateSources gguf_chat_templates(const GgufFile& file);

// The 259 pieces before the first of text are <unk>, the two ends of a text and the 256 bytes;
// Error{model} naming `where` when they are not.
tokenizer::TokenizerSpec from_llama2c(std::span<const Llama2cTokenizer::Piece> pieces,
                                      const std::string& where);

}  // namespace quire::formats
