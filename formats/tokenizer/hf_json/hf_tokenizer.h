// The tokenizer of a Hugging Face checkpoint folder: tokenizer.json, the files beside it that name
// the tokens at the ends of a text (tokenizer_config.json, special_tokens_map.json), and the chat
// templates (chat_templates.h).
//
// Reads BPE, WordPiece, unigram and word vocabularies, with the steps that published models use.
// `truncation` and `padding` are ignored; any other unknown step or setting is refused by name.
// source: huggingface/tokenizers, the serialized form of each component.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/tokenizer/hf_json/listed_tokens.h"
#include "lib/base/json/json.h"
#include "lib/chat/template_sources.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::formats {

// The tokenizer and the chat templates as a checkpoint has them.
struct SourceTokenizer {
    tokenizer::TokenizerSpec spec;
    chat::TemplateSources templates;
};

// Error{model} naming the file and the place when there is no tokenizer.json, or when it is damaged
// or uses an unsupported feature.
SourceTokenizer read_hf_tokenizer(const std::string& folder);

// Adds the settings of tokenizer_config.json and special_tokens_map.json for the ends of a text,
// and the chat templates. add_bos_token and add_eos_token count only without a tokenizer.json,
// whose post-processor takes precedence.
void add_folder_settings(SourceTokenizer& tokenizer, const std::string& folder,
                         bool has_tokenizer_json);

// Reads the content of a tokenizer.json and the tokens that files beside it list. The ends of a
// text stay unknown. `where` is for messages.
tokenizer::TokenizerSpec parse_tokenizer_json(std::string_view json, const std::string& where,
                                              const std::vector<ListedToken>& listed = {});

// The same from the parsed document.
tokenizer::TokenizerSpec read_tokenizer_document(const nlohmann::json& document,
                                                 const std::string& where,
                                                 const std::vector<ListedToken>& listed = {});

}  // namespace quire::formats
