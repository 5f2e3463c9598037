// A tokenizer from the files of a checkpoint: tokenizer.json, tekken.json, a SentencePiece model, a
// tiktoken file, vocab.json with merges.txt, or BERT's vocab.txt. The kind of a file is decided by
// its content (file_kind.h), not by its name.
#pragma once

#include <string>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "formats/tokenizer/vocab_files/public_encodings.h"

namespace quire::formats {

// path: one of these files, or a folder. In a folder the first of these is read: tokenizer.json,
// tekken.json, tokenizer.model, spiece.model, sentencepiece.bpe.model, source.spm, a single *.tiktoken, *.model
// or tokenizer.model.v*, vocab.json with merges.txt, vocab.txt. Files beside it may add tokens
// (listed_tokens.h), the ends of a text, lower-casing and chat templates, except for a .json file
// of another name.
//
// The split pattern of a tiktoken file is known for the encodings of ranked_tokens.h, by name, and
// for Llama 3's tokenizer.model. Any other NAME needs NAME.json beside it: {"pattern": "..",
// "special_tokens": {"<|..|>": id, ..}}.
//
// Error{model} naming the file and the place of what is missing, damaged or not supported, or
// saying what was found instead of a tokenizer.
SourceTokenizer read_tokenizer(const std::string& path);

// The file of an encoding, whatever its name; nothing beside it is read.
SourceTokenizer read_public_encoding(const std::string& path, const PublicEncoding& encoding);

}  // namespace quire::formats
