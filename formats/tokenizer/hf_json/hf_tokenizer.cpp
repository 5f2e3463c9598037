#include "formats/tokenizer/hf_json/hf_tokenizer.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "formats/tokenizer/hf_json/chat_templates.h"
#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/limits.h"
#include "formats/tokenizer/hf_json/model.h"
#include "formats/tokenizer/hf_json/pipeline.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

// The largest published tokenizer.json has some 35 MB.
// Far above any vocabulary: a table by id must stay small.
constexpr std::uint64_t kMaxId = 1ULL << 22;

std::vector<tokenizer::AddedToken> read_added(const JsonNode& root) {
    std::vector<tokenizer::AddedToken> added;
    const std::optional<JsonNode> list = root.find("added_tokens");
    for (std::size_t i = 0; list && i < list->size(); ++i) {
        const JsonNode token = list->item(i);
        const bool special = token.flag_or("special", false);
        added.push_back({.id = token.at("id").id(),
                         .content = token.at("content").text(),
                         .special = special,
                         .normalized = token.flag_or("normalized", !special),
                         .strip_left = token.flag_or("lstrip", false),
                         .strip_right = token.flag_or("rstrip", false),
                         .single_word = token.flag_or("single_word", false)});
    }
    return added;
}

// The token called `key`: a string, or an object with its content.
std::optional<std::uint32_t> named_token(const JsonNode& config, const char* key,
                                         const tokenizer::TokenizerSpec& source) {
    const std::optional<JsonNode> node = config.find(key);
    if (!node) return std::nullopt;
    const std::string content =
        node->json().is_object() ? node->at("content").text() : node->text();
    for (const tokenizer::AddedToken& token : source.added) {
        if (token.content == content) return token.id;
    }
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        if (source.pieces[id].bytes == content) return id;
    }
    node->fail(base::quoted(content) + " is no token");
}

// The names of the model's pieces, as views into the document.
KnownTokens known_tokens(const JsonNode& root, const std::string& where) {
    KnownTokens known{where, {}, {}};
    const std::optional<JsonNode> model = root.find("model");
    const std::optional<JsonNode> vocabulary = model ? model->find("vocab") : std::nullopt;
    if (!vocabulary) return known;
    const nlohmann::json& json = vocabulary->json();
    const auto text = [](const nlohmann::json& name) {
        return std::string_view(name.get_ref<const std::string&>());
    };
    if (json.is_object()) {
        for (const auto& [name, id] : json.get_ref<const nlohmann::json::object_t&>()) {
            // Larger ids are refused with the vocabulary.
            if (id.is_number_unsigned() && id.get<std::uint64_t>() < kMaxId) {
                known.add(name, id.get<std::uint32_t>());
            }
        }
    } else if (json.is_array()) {
        for (std::size_t id = 0; id < json.size(); ++id) {
            const bool is_pair =
                json[id].is_array() && !json[id].empty() && json[id][0].is_string();
            if (is_pair) known.add(text(json[id][0]), static_cast<std::uint32_t>(id));
        }
    }
    return known;
}

// The settings of the folder override the default of the kind of vocabulary.
void set_bos(tokenizer::TokenizerSpec& source, std::uint32_t id) {
    if (source.bos_id && source.prefix_ids == std::vector{*source.bos_id}) source.prefix_ids = {id};
    source.bos_id = id;
}

// Tokens that ended a text before still do.
void set_eos(tokenizer::TokenizerSpec& source, std::uint32_t id) {
    if (!source.eos_ids.empty() && source.suffix_ids == std::vector{source.eos_ids.front()}) {
        source.suffix_ids = {id};
    }
    std::erase(source.eos_ids, id);
    source.eos_ids.insert(source.eos_ids.begin(), id);
}

// The explicit settings of tokenizer_config.json for the ends of a text. source:
// tokenization_utils_tokenizers.py, update_post_processor()
void read_ends(tokenizer::TokenizerSpec& source, const JsonNode& config) {
    if (source.kind == tokenizer::TokenizerKind::word_piece) return;
    if (!config.find("add_bos_token") && !config.find("add_eos_token")) return;
    source.prefix_ids.clear();
    source.suffix_ids.clear();
    source.pair_ids.clear();
    if (config.flag_or("add_bos_token", false) && source.bos_id) {
        source.prefix_ids = {*source.bos_id};
    }
    if (config.flag_or("add_eos_token", false) && !source.eos_ids.empty()) {
        source.suffix_ids = {source.eos_ids.front()};
    }
}

}  // namespace

tokenizer::TokenizerSpec parse_tokenizer_json(std::string_view json, const std::string& where,
                                              const std::vector<ListedToken>& listed) {
    return read_tokenizer_document(base::parse_json(json, where), where, listed);
}

tokenizer::TokenizerSpec read_tokenizer_document(const nlohmann::json& document,
                                                 const std::string& where,
                                                 const std::vector<ListedToken>& listed) {
    const JsonNode root(document, where);
    tokenizer::TokenizerSpec source;
    const PipelineFacts facts = read_pipeline(source, root);
    source.added = read_added(root);
    if (!listed.empty()) add_listed_tokens(source.added, listed, known_tokens(root, where), false);
    read_model(source, facts, root);
    return source;
}

void add_folder_settings(SourceTokenizer& result, const std::string& folder,
                         bool has_tokenizer_json) {
    std::optional<std::uint32_t> bos;
    std::optional<std::uint32_t> eos;
    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
        const std::string path = (std::filesystem::path(folder) / name).string();
        const std::optional<std::string> text = base::read_optional_file(path, kMaxVocabularyBytes);
        if (!text) continue;
        const nlohmann::json document = base::parse_json(*text, path);
        const JsonNode config(document, path);
        if (!bos && (bos = named_token(config, "bos_token", result.spec))) {
            set_bos(result.spec, *bos);
        }
        if (!eos && (eos = named_token(config, "eos_token", result.spec))) {
            set_eos(result.spec, *eos);
        }
        if (std::string_view(name) == "tokenizer_config.json" && !has_tokenizer_json) {
            read_ends(result.spec, config);
        }
    }
    result.templates = read_chat_templates(folder);
}

SourceTokenizer read_hf_tokenizer(const std::string& folder) {
    const std::string file = (std::filesystem::path(folder) / "tokenizer.json").string();
    SourceTokenizer result;
    result.spec = parse_tokenizer_json(base::read_text_file(file, kMaxVocabularyBytes), file,
                                       read_listed_tokens(folder));
    add_folder_settings(result, folder, true);
    return result;
}

}  // namespace quire::formats
