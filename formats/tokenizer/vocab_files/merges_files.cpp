#include "formats/tokenizer/vocab_files/merges_files.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/limits.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/spec/patterns.h"

namespace quire::formats {

namespace {

using Json = nlohmann::json;

enum class Style : std::uint8_t { gpt2, roberta, qwen2 };

constexpr auto kStyles = std::to_array<std::pair<std::string_view, Style>>({
    {"", Style::gpt2},
    {"PreTrainedTokenizerFast", Style::gpt2},
    {"GPT2Tokenizer", Style::gpt2},
    {"RobertaTokenizer", Style::roberta},
    {"BartTokenizer", Style::roberta},
    {"LongformerTokenizer", Style::roberta},
    {"LEDTokenizer", Style::roberta},
    {"Qwen2Tokenizer", Style::qwen2},
});

std::string path_in(const std::string& folder, const char* name) {
    return (std::filesystem::path(folder) / name).string();
}

Style style_of(const JsonNode& config) {
    const std::optional<JsonNode> node = config.find("tokenizer_class");
    std::string name = node ? node->text() : "";
    if (name.ends_with("Fast") && name != "PreTrainedTokenizerFast") name.resize(name.size() - 4);
    const auto known = std::find_if(kStyles.begin(), kStyles.end(),
                                    [&](const auto& style) { return style.first == name; });
    if (known == kStyles.end()) {
        node->fail(base::quoted(name) +
                   " with vocab.json and merges.txt is not supported; a tokenizer.json is, which "
                   "transformers writes with save_pretrained()");
    }
    return known->second;
}

Json merges_of(std::string_view text, const std::string& where) {
    Json merges = Json::array();
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = text.find('\n');
        std::string_view merge = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (merge.ends_with('\r')) merge.remove_suffix(1);
        if (merge.empty() || (line == 1 && merge.starts_with("#version"))) continue;
        if (std::count(merge.begin(), merge.end(), ' ') != 1) {
            throw Error(ErrorCode::model, where,
                        "line " + std::to_string(line) +
                            ": expected two pieces with a space between them, found " +
                            base::quoted(merge));
        }
        merges.push_back(std::string(merge));
    }
    return merges;
}

// The tokens that these classes use when tokenizer_config.json does not name any.
Json default_tokens(Style style) {
    if (style == Style::roberta) {
        return {{"bos_token", "<s>"},    {"eos_token", "</s>"},  {"sep_token", "</s>"},
                {"cls_token", "<s>"},    {"unk_token", "<unk>"}, {"pad_token", "<pad>"},
                {"mask_token", "<mask>"}};
    }
    if (style == Style::qwen2) {
        return {{"eos_token", "<|endoftext|>"}, {"pad_token", "<|endoftext|>"}};
    }
    return {{"bos_token", "<|endoftext|>"},
            {"eos_token", "<|endoftext|>"},
            {"unk_token", "<|endoftext|>"}};
}

Json pre_tokenizer(Style style, bool add_prefix_space) {
    if (style != Style::qwen2) {
        return {{"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}};
    }
    const Json split = {{"type", "Split"},
                        {"pattern", {{"Regex", tokenizer::kQwen2Pattern}}},
                        {"behavior", "Isolated"},
                        {"invert", false}};
    const Json bytes = {
        {"type", "ByteLevel"}, {"add_prefix_space", add_prefix_space}, {"use_regex", false}};
    return {{"type", "Sequence"}, {"pretokenizers", {split, bytes}}};
}

std::string content_of(const JsonNode& config, const Json& otherwise, const char* key) {
    const std::optional<JsonNode> node = config.find(key);
    if (!node) return otherwise.value(key, "");
    return node->json().is_object() ? node->at("content").text() : node->text();
}

// The named tokens that the vocabulary has, in the form of tokenizer.json.
Json named_tokens(const JsonNode& config, const Json& vocab, const Json& otherwise) {
    Json list = Json::array();
    std::vector<std::string> seen;
    for (const char* key : {"bos_token", "eos_token", "unk_token", "sep_token", "cls_token",
                            "pad_token", "mask_token"}) {
        const std::string content = content_of(config, otherwise, key);
        const auto found = vocab.find(content);
        if (found == vocab.end() || std::count(seen.begin(), seen.end(), content) > 0) continue;
        seen.push_back(content);
        list.push_back({{"id", *found},
                        {"content", content},
                        {"special", true},
                        {"normalized", false},
                        {"lstrip", false},
                        {"rstrip", false},
                        {"single_word", false}});
    }
    return list;
}

Json roberta_ends(const JsonNode& config, const Json& vocab) {
    const Json otherwise = default_tokens(Style::roberta);
    const auto pair = [&](const char* key) {
        const std::string content = content_of(config, otherwise, key);
        const auto found = vocab.find(content);
        if (found == vocab.end()) config.fail(std::string(key) + " is not in vocab.json");
        return Json::array({content, *found});
    };
    return {{"type", "RobertaProcessing"}, {"sep", pair("sep_token")}, {"cls", pair("cls_token")}};
}

}  // namespace

tokenizer::TokenizerSpec read_merges_files(const std::string& folder) {
    const std::string vocab_path = path_in(folder, "vocab.json");
    const std::string merges_path = path_in(folder, "merges.txt");
    const std::string config_path = path_in(folder, "tokenizer_config.json");
    const Json vocab =
        base::parse_json(base::read_text_file(vocab_path, kMaxVocabularyBytes), vocab_path);
    const std::optional<std::string> config_text =
        base::read_optional_file(config_path, kMaxVocabularyBytes);
    const Json config_json =
        config_text ? base::parse_json(*config_text, config_path) : Json::object();
    const JsonNode config(config_json, config_path);
    if (!vocab.is_object()) {
        throw Error(ErrorCode::model, vocab_path, "expected an object of pieces and their ids");
    }
    const Style style = style_of(config);
    // The first word of a text gets no space before it in RoBERTa and GPT-2.
    Json document = {
        {"added_tokens", named_tokens(config, vocab, default_tokens(style))},
        {"pre_tokenizer", pre_tokenizer(style, config.flag_or("add_prefix_space", false))},
        {"decoder", {{"type", "ByteLevel"}}},
        {"model",
         {{"type", "BPE"},
          {"vocab", vocab},
          {"merges",
           merges_of(base::read_text_file(merges_path, kMaxVocabularyBytes), merges_path)}}}};
    if (style == Style::qwen2) document["normalizer"] = {{"type", "NFC"}};
    if (style == Style::roberta) document["post_processor"] = roberta_ends(config, vocab);
    tokenizer::TokenizerSpec source =
        read_tokenizer_document(document, vocab_path, read_listed_tokens(folder));
    const auto id_of = [&](const char* key) -> std::optional<std::uint32_t> {
        const auto found = vocab.find(content_of(config, default_tokens(style), key));
        if (found == vocab.end()) return std::nullopt;
        return found->get<std::uint32_t>();
    };
    source.bos_id = id_of("bos_token");
    if (const auto eos = id_of("eos_token")) source.eos_ids = {*eos};
    return source;
}

}  // namespace quire::formats
