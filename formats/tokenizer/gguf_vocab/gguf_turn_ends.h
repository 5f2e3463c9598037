// Which tokens of a GGUF vocabulary end a turn. The files rarely say so: llama.cpp knows most of
// these tokens by their names, and converters rely on it.
#pragma once

#include "formats/tokenizer/gguf_vocab/gguf_vocabulary.h"

namespace quire::formats {

// Stores the ids that end generation: those the keys name (eos, eot, eom and the FIM tokens that
// llama.cpp stops at), in that order, then those known by name, by rising id. A token known by name
// becomes a control token, whatever its type: it is never made from text. Error{model} for a key
// whose id is out of range.
// source: src/llama-vocab.cpp of llama.cpp, special_eog_ids
void find_turn_ends(GgufVocabulary& vocabulary);

}  // namespace quire::formats
