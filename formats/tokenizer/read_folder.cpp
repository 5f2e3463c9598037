#include "formats/tokenizer/read_folder.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "formats/tokenizer/file_kind.h"
#include "formats/tokenizer/hf_json/json_node.h"
#include "formats/tokenizer/hf_json/limits.h"
#include "formats/tokenizer/sentencepiece/sentencepiece.h"
#include "formats/tokenizer/vocab_files/line_vocab.h"
#include "formats/tokenizer/vocab_files/m2m_languages.h"
#include "formats/tokenizer/vocab_files/merges_files.h"
#include "formats/tokenizer/vocab_files/numbered_pieces.h"
#include "formats/tokenizer/vocab_files/rwkv_vocab.h"
#include "formats/tokenizer/vocab_files/tekken.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"

namespace quire::formats {

namespace {

namespace fs = std::filesystem;

constexpr const char* kExpected =
    "expected tokenizer.json, a SentencePiece model, a tiktoken file, tekken.json, vocab.json with "
    "merges.txt, vocab.txt, or rwkv_vocab_v20230424.txt";

std::optional<nlohmann::json> read_json(const fs::path& path) {
    const std::optional<std::string> text =
        base::read_optional_file(path.string(), kMaxVocabularyBytes);
    if (!text) return std::nullopt;
    return base::parse_json(*text, path.string());
}

// From the file beside it or, for a known encoding, from its name or size.
TiktokenSettings tiktoken_settings(const fs::path& path, std::size_t n_ranks) {
    const fs::path beside = path.string() + ".json";
    const std::optional<nlohmann::json> json = read_json(beside);
    if (!json) {
        TiktokenSettings known = known_tiktoken(path.stem().string());
        if (known.pattern.empty() && path.extension() == ".model" && n_ranks == kLlama3Ranks) {
            known = llama3_tiktoken();
        }
        if (!known.pattern.empty()) return known;
        throw Error(ErrorCode::model, path.string(),
                    "a tiktoken file; expected " + beside.filename().string() +
                        " beside it with the split \"pattern\" of the encoding");
    }
    const JsonNode node(*json, beside.string());
    TiktokenSettings settings{node.at("pattern").text(), {}};
    if (settings.pattern.empty()) node.at("pattern").fail("expected a pattern that is not empty");
    if (const std::optional<JsonNode> specials = node.find("special_tokens")) {
        for (const auto& [content, id] : specials->json().items()) {
            settings.specials[content] = specials->at(content.c_str()).id();
        }
    }
    return settings;
}

// encoding: what a file stands for that may be published under another name; empty: not known.
tokenizer::TokenizerSpec read_tiktoken(const std::string& text, const fs::path& file,
                                       std::string_view encoding = {}) {
    const std::vector<RankedToken> ranks = parse_tiktoken_lines(text, file.string());
    const TiktokenSettings settings =
        encoding.empty() ? tiktoken_settings(file, ranks.size()) : known_tiktoken(encoding);
    tokenizer::TokenizerSpec source = from_ranked_tokens(ranks, settings, 0, file.string());
    if (const auto bos = settings.specials.find("<|begin_of_text|>");
        bos != settings.specials.end()) {
        source.bos_id = bos->second;
        source.prefix_ids = {bos->second};
    }
    // The ends of a turn in Llama 3, which no file beside it names.
    for (const char* name : {"<|eot_id|>", "<|eom_id|>"}) {
        const auto end = settings.specials.find(name);
        if (end != settings.specials.end()) source.eos_ids.push_back(end->second);
    }
    return source;
}

// Mistral also names SentencePiece models tokenizer.model.v3 and so on.
bool is_model_name(const fs::path& path) {
    return path.extension() == ".model" ||
           path.filename().string().starts_with("tokenizer.model.v");
}

// The file to read in a folder.
fs::path file_of(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return path;
    const auto has = [&](const char* name) { return base::file_exists((path / name).string()); };
    for (const char* name : {"tokenizer.json", "tekken.json", "tokenizer.model", "spiece.model",
                             "sentencepiece.bpe.model", "source.spm"}) {
        if (has(name)) return path / name;
    }
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
        const fs::path& name = entry.path();
        if (name.extension() == ".tiktoken" || is_model_name(name)) found.push_back(name);
    }
    if (found.size() == 1) return found.front();
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
        if (is_rwkv_vocab(entry.path().filename().string())) return entry.path();
    }
    if (has("vocab.json") && has("merges.txt")) return path / "vocab.json";
    if (has("vocab.txt")) return path / "vocab.txt";
    throw Error(ErrorCode::model, path.string(), kExpected);
}

bool lowers(const fs::path& folder) {
    const std::optional<nlohmann::json> config = read_json(folder / "tokenizer_config.json");
    if (!config) return true;
    return JsonNode(*config, (folder / "tokenizer_config.json").string())
        .flag_or("do_lower_case", true);
}

bool holds_ids(const nlohmann::json& document) {
    return document.is_object() && !document.empty() &&
           std::all_of(document.begin(), document.end(),
                       [](const nlohmann::json& id) { return id.is_number_unsigned(); });
}

// Distinguishes tokenizer.json, tekken.json and vocab.json by their members.
tokenizer::TokenizerSpec read_json_tokenizer(const fs::path& file, const fs::path& folder,
                                             const std::vector<ListedToken>& listed) {
    const std::string where = file.string();
    const nlohmann::json document =
        base::parse_json(base::read_text_file(where, kMaxVocabularyBytes), where);
    const auto has = [&](const char* key) {
        return document.is_object() && document.contains(key);
    };
    if (has("model")) return read_tokenizer_document(document, where, listed);
    if (has("config") && has("vocab")) return parse_tekken(JsonNode(document, where), where);
    if (!holds_ids(document)) {
        throw Error(ErrorCode::model, where, std::string(kExpected) + "; found other JSON");
    }
    if (!base::file_exists((folder / "merges.txt").string())) {
        throw Error(ErrorCode::model, where, "a vocabulary; expected merges.txt beside it");
    }
    return read_merges_files(folder.string());
}

// Whether the pieces of a SentencePiece model in this folder have the ids of a vocab.json.
bool is_numbered(const fs::path& folder) {
    return base::file_exists((folder / "vocab.json").string()) &&
           !base::file_exists((folder / "merges.txt").string());
}

// The ids of a SentencePiece model are those of a vocab.json beside it: always those of source.spm, and
// those of another model where there are no merges to which the vocabulary would belong.
tokenizer::TokenizerSpec numbered_by_vocabulary(tokenizer::TokenizerSpec source,
                                                const fs::path& file, const fs::path& folder) {
    const std::string where = (folder / "vocab.json").string();
    const bool is_source = file.filename() == "source.spm";
    if (is_source && base::file_exists((folder / "target_vocab.json").string())) {
        throw Error(ErrorCode::model, (folder / "target_vocab.json").string(),
                    "a vocabulary for the target alone is not supported");
    }
    if (is_source && !base::file_exists(where)) {
        throw Error(ErrorCode::model, where, "expected beside source.spm, found none");
    }
    const bool may_be = is_source || file.filename() == "sentencepiece.bpe.model";
    if (!may_be || !is_numbered(folder)) return source;
    const std::optional<nlohmann::json> ids = read_json(where);
    if (!ids || !holds_ids(*ids)) throw Error(ErrorCode::model, where, "expected names and ids");
    return number_pieces(source, *ids, where);
}

// M2M-100 names the language of a text by a token before it: that of tokenizer_config.json, or English.
void add_m2m_languages(tokenizer::TokenizerSpec& source, const fs::path& folder) {
    const fs::path path = folder / "tokenizer_config.json";
    const nlohmann::json config = read_json(path).value_or(nlohmann::json::object());
    const JsonNode node(config, path.string());
    const auto text = [&](const char* key, const std::string& otherwise) {
        return config.is_object() && config.contains(key) && !config.at(key).is_null()
                   ? node.at(key).text()
                   : otherwise;
    };
    if (text("tokenizer_class", "M2M100Tokenizer") != "M2M100Tokenizer") return;
    if (text("language_codes", "m2m100") != "m2m100") {
        node.at("language_codes").fail("expected m2m100, found another list of languages");
    }
    const auto named = [&](const std::string& name) {
        return std::ranges::find(source.pieces, name, &tokenizer::Piece::bytes);
    };
    for (const std::string_view code : kM2mLanguages) {
        const std::string name = "__" + std::string(code) + "__";
        if (named(name) != source.pieces.end()) continue;
        source.pieces.push_back({name, tokenizer::PieceKind::control});
        source.scores.push_back(0);
    }
    const auto own = named("__" + text("src_lang", "en") + "__");
    if (own == source.pieces.end()) node.at("src_lang").fail("expected a language of the model");
    source.prefix_ids = {static_cast<std::uint32_t>(own - source.pieces.begin())};
}

tokenizer::TokenizerSpec read_other(const fs::path& file, const fs::path& folder, FileKind kind) {
    const std::string where = file.string();
    const std::string text = base::read_text_file(where, kMaxVocabularyBytes);
    const bool is_lines =
        kind == FileKind::text || kind == FileKind::tiktoken || kind == FileKind::json;
    if (is_lines && is_rwkv_vocab(file.filename().string())) return parse_rwkv_vocab(text, where);
    if (is_lines && file.extension() == ".txt") {
        return parse_vocab_txt(text, lowers(folder), where);
    }
    if (kind == FileKind::tiktoken || file.extension() == ".tiktoken") {
        return read_tiktoken(text, file);
    }
    if (kind == FileKind::sentencepiece || (kind == FileKind::binary && is_model_name(file))) {
        return numbered_by_vocabulary(parse_sentencepiece(base::as_bytes(text), where), file,
                                      folder);
    }
    throw Error(ErrorCode::model, where, std::string(kExpected) + "; found " + name_of(kind));
}

}  // namespace

SourceTokenizer read_tokenizer(const std::string& path) {
    const fs::path file = file_of(path);
    fs::path folder = file.parent_path();
    if (folder.empty()) folder = ".";
    const FileKind kind = kind_of_file(file.string());
    SourceTokenizer result;
    if (kind == FileKind::json && file.extension() != ".txt") {
        // A file of any other name is read alone, without the files beside it.
        const bool is_published = file.filename() == "tokenizer.json" ||
                                  file.filename() == "vocab.json" ||
                                  file.filename() == "tekken.json";
        if (!is_published) {
            result.spec = read_json_tokenizer(file, folder, {});
            return result;
        }
        result.spec = read_json_tokenizer(file, folder, read_listed_tokens(folder.string()));
    } else {
        result.spec = read_other(file, folder, kind);
        add_listed_tokens(result.spec, read_listed_tokens(folder.string()), file.string());
    }
    add_folder_settings(result, folder.string(), file.filename() == "tokenizer.json");
    if (file.filename() == "sentencepiece.bpe.model" && is_numbered(folder)) {
        add_m2m_languages(result.spec, folder);
    }
    return result;
}

SourceTokenizer read_public_encoding(const std::string& path, const PublicEncoding& encoding) {
    SourceTokenizer result;
    result.spec =
        read_tiktoken(base::read_text_file(path, kMaxVocabularyBytes), path, encoding.name);
    return result;
}

}  // namespace quire::formats
