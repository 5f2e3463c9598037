// A tokenizer from whatever files a checkpoint has it in: tokenizer.json, tekken.json, a
// SentencePiece model, a tiktoken file, vocab.json with merges.txt, or BERT's vocab.txt. What a file
// is, its content says (file_kind.h), not its name.
#pragma once

#include <string>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"

namespace quire::formats {

// path: one of these files, or a folder, of whose files the first of tokenizer.json, tekken.json,
// tokenizer.model, spiece.model, sentencepiece.bpe.model, one *.tiktoken, *.model or
// tokenizer.model.v*, vocab.json with merges.txt, and vocab.txt is read. What files beside it say of
// further tokens (listed_tokens.h), of the ends of a text, of lower case and of the chat template
// holds for all of them, but not for a .json file of another name.
//
// The split pattern of a tiktoken file is known for the encodings of ranked_tokens.h by its name,
// and for Llama 3's tokenizer.model; any other NAME needs NAME.json beside it: {"pattern": "..",
// "special_tokens": {"<|..|>": id, ..}}.
//
// Error{model} naming the file and the place for what is missing, damaged or not supported, and
// naming what was found in place of a tokenizer.
CheckpointTokenizer read_tokenizer(const std::string& path);

}  // namespace quire::formats
