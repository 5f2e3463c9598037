// Vocabularies without a tokenizer.json: that of a GGUF file (tokenizer.ggml.*) and that of
// llama2.c (tokenizer.bin). What the file does not say, above all how text is split, is taken from
// the program that it was made for. source: src/llama-vocab.cpp of llama.cpp; run.c of llama2.c.
#pragma once

#include <span>
#include <string>

#include "formats/gguf/gguf.h"
#include "formats/tokenizer/llama2c_vocab/llama2c_tokenizer.h"
#include "lib/chat/template_sources.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// tokenizer.ggml.model may be "gpt2" (byte-level BPE, split according to tokenizer.ggml.pre; a few
// of its splits use characters), "gemma4" and "whitespace" (BPE of characters), "llama"
// (SentencePiece BPE with scores), "bert" (WordPiece) or "t5" (unigram). Error{model} naming the
// key for any other model or split, for an inconsistent vocabulary, and for an unknown key
// (gguf_keys.h).
tokenizer::TokenizerSpec from_gguf(const gguf::File& file);

// tokenizer.chat_template and the templates that tokenizer.chat_templates names.
chat::TemplateSources gguf_chat_templates(const gguf::File& file);

// The first 259 pieces are <unk>, <s>, </s> and the 256 bytes; Error{model} naming `where` when
// they are not.
tokenizer::TokenizerSpec from_llama2c(std::span<const Llama2cTokenizer::Piece> pieces,
                                      const std::string& where);

}  // namespace quire::formats
