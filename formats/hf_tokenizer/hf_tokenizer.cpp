#include "formats/hf_tokenizer/hf_tokenizer.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "formats/hf_tokenizer/json_node.h"
#include "formats/hf_tokenizer/model.h"
#include "formats/hf_tokenizer/pipeline.h"
#include "lib/base/error.h"
#include "lib/base/json_text.h"
#include "lib/base/mapped_file.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

// The largest published tokenizer.json has some 35 MB.
constexpr std::uint64_t kMaxFileBytes = 512ULL << 20;

std::vector<text::AddedToken> read_added(const JsonNode& root) {
    std::vector<text::AddedToken> added;
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
                                         const text::TokenizerSource& source) {
    const std::optional<JsonNode> node = config.find(key);
    if (!node) return std::nullopt;
    const std::string content =
        node->json().is_object() ? node->at("content").text() : node->text();
    for (const text::AddedToken& token : source.added) {
        if (token.content == content) return token.id;
    }
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        if (source.pieces[id].bytes == content) return id;
    }
    node->fail(base::quoted(content) + " is no token");
}

std::optional<std::string> template_of(const JsonNode& config) {
    const std::optional<JsonNode> node = config.find("chat_template");
    if (!node) return std::nullopt;
    if (!node->json().is_array()) return node->text();
    for (std::size_t i = 0; i < node->size(); ++i) {
        if (node->item(i).at("name").text() == "default")
            return node->item(i).at("template").text();
    }
    node->fail("has no template named \"default\"");
}

}  // namespace

text::TokenizerSource parse_tokenizer_json(std::string_view json, const std::string& where) {
    const nlohmann::json document = base::parse_json(json, where);
    const JsonNode root(document, where);

    text::TokenizerSource source;
    const PipelineFacts facts = read_pipeline(source, root);
    source.added = read_added(root);
    read_model(source, facts, root);
    return source;
}

void add_folder_settings(HfTokenizer& result, const std::string& folder) {
    const std::filesystem::path base(folder);
    const auto path = [&](const char* name) { return (base / name).string(); };
    const auto read = [&](const char* name) -> std::optional<std::string> {
        return base::read_optional_file(path(name), kMaxFileBytes);
    };

    for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
        const std::optional<std::string> text = read(name);
        if (!text) continue;
        const nlohmann::json document = base::parse_json(*text, path(name));
        const JsonNode config(document, path(name));
        if (!result.source.bos_id) {
            result.source.bos_id = named_token(config, "bos_token", result.source);
        }
        if (result.source.eos_ids.empty()) {
            if (const auto id = named_token(config, "eos_token", result.source)) {
                result.source.eos_ids.push_back(*id);
            }
        }
        if (!result.chat_template) result.chat_template = template_of(config);
    }
    if (std::optional<std::string> text = read("chat_template.jinja")) {
        result.chat_template = std::move(*text);
    }
}

HfTokenizer read_hf_tokenizer(const std::string& folder) {
    const std::string file = (std::filesystem::path(folder) / "tokenizer.json").string();
    HfTokenizer result;
    result.source = parse_tokenizer_json(base::read_text_file(file, kMaxFileBytes), file);
    add_folder_settings(result, folder);
    return result;
}

}  // namespace quire::formats
