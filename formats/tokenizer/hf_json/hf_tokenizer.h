// The tokenizer of a Hugging Face checkpoint folder: tokenizer.json, and beside it the files that
// name the tokens at the ends of a text (tokenizer_config.json, special_tokens_map.json) and the
// chat templates (chat_templates.h).
//
// BPE, WordPiece, unigram and word vocabularies are read, with the steps that published models use.
// `truncation` and `padding` are ignored; any other step or setting that is not known is refused by
// its name.
// source: huggingface/tokenizers, the serialized form of each component.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/tokenizer/hf_json/listed_tokens.h"
#include "lib/chat/template_sources.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

struct CheckpointTokenizer {
    tokenizer::TokenizerSpec source;
    chat::TemplateSources templates;
};

// Error{model} naming the file and the place for a folder without tokenizer.json, for damage and
// for what is not supported.
CheckpointTokenizer read_hf_tokenizer(const std::string& folder);

// What tokenizer_config.json and special_tokens_map.json of a folder say of the ends of a text, and
// the chat templates. The keys add_bos_token and add_eos_token count only
// where there is no tokenizer.json, whose post-processor knows better.
void add_folder_settings(CheckpointTokenizer& tokenizer, const std::string& folder,
                         bool has_tokenizer_json);

// Only tokenizer.json, given as its content, and the tokens that files beside it list; no ends of a
// text are known. `where` is for messages.
tokenizer::TokenizerSpec parse_tokenizer_json(std::string_view json, const std::string& where,
                                              const std::vector<ListedToken>& listed = {});

// The same from the document itself.
tokenizer::TokenizerSpec read_tokenizer_document(const nlohmann::json& document,
                                                 const std::string& where,
                                                 const std::vector<ListedToken>& listed = {});

}  // namespace quire::formats
