// A tokenizer from whatever files a checkpoint has it in: tokenizer.json; a SentencePiece model; a
// tiktoken file; BERT's vocab.txt.
#pragma once

#include <string>

#include "formats/hf_tokenizer/hf_tokenizer.h"

namespace quire::formats {

// path: a folder, of whose files the first of tokenizer.json, tokenizer.model, spiece.model,
// sentencepiece.bpe.model, one *.tiktoken and vocab.txt is read; or one of these files (any
// *.model,
// *.tiktoken). What the folder's tokenizer_config.json says of the ends of a text, of lower case
// and of the chat template holds for all of them.
//
// The split pattern of NAME.tiktoken is known for the encodings of OpenAI by that name; any other
// file needs NAME.tiktoken.json beside it: {"pattern": "..", "special_tokens": {"<|..|>": id, ..}}.
//
// Error{model} naming the file and the place for what is missing, damaged or not supported.
HfTokenizer read_tokenizer(const std::string& path);

}  // namespace quire::formats
