// Tokens that a checkpoint's folder names beside its vocabulary: in tokenizer_config.json (its
// added_tokens_decoder and its named tokens), special_tokens_map.json and added_tokens.json.
// Fine-tunes often have their control tokens nowhere else.
//
// Which file counts is as in transformers 5: with an added_tokens_decoder, tokenizer_config.json
// alone; without it, all three.
// source: huggingface/transformers, tokenization_utils_base.py and tokenization_utils_tokenizers.py
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct ListedToken {
    tokenizer::AddedToken token;  // its id only if has_id
    bool has_id = false;          // false: that of the vocabulary, or the next free one
    bool is_end = false;          // of a text: not added where the vocabulary does not have it
    std::string file;
};

// In the order in which they are to be added. Empty for a folder without these files; Error{model}
// naming the file and the place for what is damaged.
std::vector<ListedToken> read_listed_tokens(const std::string& folder);

// A vocabulary by its names; views into what it was read from.
struct KnownTokens {
    std::string file;
    std::unordered_map<std::string_view, std::uint32_t> id_of;
    std::vector<std::string_view> name_of;  // empty: the id is free

    void add(std::string_view name, std::uint32_t id);
};

// Adds the listed tokens to `added`, or gives those there the listed flags. Error{model} naming
// both files where they contradict each other. may_rename: a token may take the id of another name,
// as in the vocabularies of SentencePiece, where such ids are placeholders.
void add_listed_tokens(std::vector<tokenizer::AddedToken>& added,
                       const std::vector<ListedToken>& listed, const KnownTokens& known,
                       bool may_rename);

// The same for a vocabulary that is already read, from `file`; renames pieces and appends those of
// new ids.
void add_listed_tokens(tokenizer::TokenizerSpec& source, const std::vector<ListedToken>& listed,
                       const std::string& file);

}  // namespace quire::formats
