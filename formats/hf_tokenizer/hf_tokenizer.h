// The tokenizer of a Hugging Face checkpoint folder: tokenizer.json, and beside it the files that
// name the tokens at the ends of a text (tokenizer_config.json, special_tokens_map.json) and the
// chat template (chat_template.jinja, or tokenizer_config.json).
//
// BPE, WordPiece, unigram and word vocabularies are read, with the steps that published models use.
// `truncation` and `padding` are ignored; any other step or setting that is not known is refused by
// its name.
// source: huggingface/tokenizers, the serialized form of each component.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/text/tokenizer_source.h"

namespace quire::formats {

struct HfTokenizer {
    text::TokenizerSource source;
    std::optional<std::string> chat_template;  // of several the one named "default"
};

// Error{model} naming the file and the place for a folder without tokenizer.json, for damage and
// for what is not supported.
HfTokenizer read_hf_tokenizer(const std::string& folder);

// What tokenizer_config.json, special_tokens_map.json and chat_template.jinja of a folder say of
// the ends of a text and the chat template, where the tokenizer does not know it yet.
void add_folder_settings(HfTokenizer& tokenizer, const std::string& folder);

// Only tokenizer.json, given as its content; no ends of a text are known. `where` is for messages.
text::TokenizerSource parse_tokenizer_json(std::string_view json, const std::string& where);

}  // namespace quire::formats
