#include "formats/tokenizer_files/tokenizer_files.h"

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "formats/hf_tokenizer/json_node.h"
#include "formats/sentencepiece/sentencepiece.h"
#include "formats/tokenizer_files/line_vocab.h"
#include "lib/base/error.h"
#include "lib/base/json_text.h"
#include "lib/base/mapped_file.h"

namespace quire::formats {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxFileBytes = 512ULL << 20;

std::optional<nlohmann::json> read_json(const fs::path& path) {
    const auto text = base::read_optional_file(path.string(), kMaxFileBytes);
    if (!text) return std::nullopt;
    return base::parse_json(*text, path.string());
}

TiktokenSettings tiktoken_settings(const fs::path& path) {
    const fs::path beside = path.string() + ".json";
    const std::optional<nlohmann::json> json = read_json(beside);
    TiktokenSettings settings;
    if (json) {
        const JsonNode node(*json, beside.string());
        settings.pattern = node.at("pattern").text();
        if (const std::optional<JsonNode> specials = node.find("special_tokens")) {
            for (const auto& [content, id] : specials->json().items()) {
                settings.specials[content] = specials->at(content.c_str()).id();
            }
        }
    } else {
        settings = known_tiktoken(path.stem().string());
    }
    if (settings.pattern.empty()) {
        throw Error(ErrorCode::model, path.string(),
                    "expected " + beside.filename().string() +
                        " beside it with the split \"pattern\" of the encoding");
    }
    return settings;
}

// Of a folder the file to read.
fs::path file_of(const fs::path& path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) return path;
    for (const char* name :
         {"tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model"}) {
        if (fs::exists(path / name, error)) return path / name;
    }
    std::vector<fs::path> found;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) {
        if (entry.path().extension() == ".tiktoken") found.push_back(entry.path());
    }
    if (found.size() == 1) return found.front();
    if (fs::exists(path / "vocab.txt", error)) return path / "vocab.txt";
    throw Error(ErrorCode::model, path.string(),
                "expected tokenizer.json, a SentencePiece model, a tiktoken file or vocab.txt");
}

bool lowers(const fs::path& folder) {
    const std::optional<nlohmann::json> config = read_json(folder / "tokenizer_config.json");
    if (!config) return true;
    return JsonNode(*config, (folder / "tokenizer_config.json").string())
        .flag_or("do_lower_case", true);
}

}  // namespace

HfTokenizer read_tokenizer(const std::string& path) {
    const fs::path file = file_of(path);
    fs::path folder = file.parent_path();
    if (folder.empty()) folder = ".";
    if (file.extension() == ".json") {
        if (file.filename() == "tokenizer.json") return read_hf_tokenizer(folder.string());
        HfTokenizer result;
        result.source =
            parse_tokenizer_json(base::read_text_file(file.string(), kMaxFileBytes), file.string());
        return result;
    }
    const std::string text = base::read_text_file(file.string(), kMaxFileBytes);
    HfTokenizer result;
    if (file.extension() == ".tiktoken") {
        result.source = parse_tiktoken(text, tiktoken_settings(file), file.string());
    } else if (file.extension() == ".model") {
        result.source = parse_sentencepiece(base::as_bytes(text), file.string());
    } else if (file.extension() == ".txt") {
        result.source = parse_vocab_txt(text, lowers(folder), file.string());
    } else {
        throw Error(ErrorCode::model, file.string(),
                    "expected tokenizer.json, *.model, *.tiktoken or vocab.txt");
    }
    add_folder_settings(result, folder.string());
    return result;
}

}  // namespace quire::formats
