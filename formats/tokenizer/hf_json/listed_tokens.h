// Tokens that a checkpoint's folder names beside its vocabulary: in tokenizer_config.json (its
// added_tokens_decoder and its named tokens), special_tokens_map.json and added_tokens.json.
// Fine-tunes often have their control tokens nowhere else.
//
// Which files count is as in transformers 5: with an added_tokens_decoder, only
// tokenizer_config.json; without it, all three. source: huggingface/transformers,
// tokenization_utils_base.py and tokenization_utils_tokenizers.py
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct ListedToken {
    tokenizer::AddedToken token;  // the id, valid if has_id
    bool has_id = false;          // false: the id in the vocabulary, or the next free id
    bool is_end = false;          // an end of a text: not added when the vocabulary lacks it
    std::string file;
};

// In the order in which they are to be added. Empty for a folder without these files. Error{model}
// naming the file and the place of damage.
std::vector<ListedToken> read_listed_tokens(const std::string& folder);

// A vocabulary by names, which are views into its source.
struct KnownTokens {
    std::string file;
    std::unordered_map<std::string_view, std::uint32_t> id_of;
    std::vector<std::string_view> name_of;  // empty: the id is free

    void add(std::string_view name, std::uint32_t id);
};

// Adds the listed tokens to `added`, or sets the flags of those that are already there.
// Error{model} naming both files when they contradict each other. may_rename: a token may take the
// id of another name, as in SentencePiece vocabularies, where such ids are placeholders.
void add_listed_tokens(std::vector<tokenizer::AddedToken>& added,
                       const std::vector<ListedToken>& listed, const KnownTokens& known,
                       bool may_rename);

// The same for a vocabulary that was already read from `file`: renames pieces and appends pieces
// for new ids.
void add_listed_tokens(tokenizer::TokenizerSpec& source, const std::vector<ListedToken>& listed,
                       const std::string& file);

}  // namespace quire::formats
