// Which tokens of a GGUF vocabulary end a turn. Files rarely say so: llama.cpp recognizes most of
// these tokens by name, and converters rely on that.
#pragma once

#include "formats/tokenizer/gguf_vocab/gguf_vocabulary.h"

namespace quire::formats {

// Stores the ids that end generation: first those that keys name (eos, eot, eom and the FIM tokens
// at which llama.cpp stops), in that order, then those known by name, by rising id. A token known
// by name becomes a control token whatever its type, so it is never made from text. Error{model}
// for a key whose id is out of range. source: src/llama-vocab.cpp of llama.cpp, special_eog_ids
void find_turn_ends(GgufVocabulary& vocabulary);

}  // namespace quire::formats
