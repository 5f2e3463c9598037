#include "apps/tok/tokenizer_file.h"

#include <array>
#include <filesystem>
#include <fstream>

#include "formats/gguf/gguf.h"
#include "formats/hf_tokenizer/hf_tokenizer.h"
#include "formats/quire/layout.h"
#include "formats/tokenizer_files/tokenizer_files.h"
#include "formats/vocab/vocab.h"
#include "lib/text/tokenizer_tables.h"

namespace quire::tok {

namespace {

namespace fs = std::filesystem;

// The first bytes say what a file is, whatever its name; nothing for one that cannot be read.
std::string first_bytes(const std::string& path) {
    std::array<char, 8> bytes{};
    std::ifstream file(path, std::ios::binary);
    file.read(bytes.data(), bytes.size());
    return {bytes.data(), static_cast<std::size_t>(file.gcount())};
}

// "dir/llama3.quire" is called llama3, "gemma/tokenizer.json" gemma.
std::string name_of(const fs::path& path) {
    fs::path named = path;
    if (named.filename() == "tokenizer.json" && named.has_parent_path()) {
        named = named.parent_path();
    } else {
        named = named.stem();
    }
    const std::string name = named.filename().string();
    return name.empty() || name == "." || name == ".." ? path.string() : name;
}

}  // namespace

TokenizerFile::TokenizerFile(const std::string& model, bool verify) {
    std::string path = model;
    std::error_code ignored;
    const std::size_t equals = model.find('=');
    if (equals != std::string::npos && equals > 0 && !fs::exists(model, ignored)) {
        name_ = model.substr(0, equals);
        path = model.substr(equals + 1);
    } else {
        name_ = name_of(model);
    }
    const std::string magic = first_bytes(path);
    const std::string extension = fs::path(path).extension().string();
    const bool is_vocabulary =
        extension == ".model" || extension == ".tiktoken" || extension == ".txt";
    if (fs::is_directory(path, ignored) || fs::path(path).filename() == "tokenizer.json" ||
        is_vocabulary) {
        formats::HfTokenizer found = formats::read_tokenizer(path);
        chat_template_ = found.chat_template.value_or("");
        build(std::move(found.source));
    } else if (magic.starts_with("GGUF")) {
        const formats::GgufFile file(path);
        chat_template_ = formats::gguf_chat_template(file).value_or("");
        build(formats::from_gguf(file));
    } else if (magic.starts_with("{")) {
        build(formats::parse_tokenizer_json(base::read_text_file(path, 512ULL << 20), path));
    } else {
        open_quire(path, verify);
    }
}

void TokenizerFile::open_quire(const std::string& path, bool verify) {
    file_ = formats::QuireFile::open(
        path, verify ? formats::Checked::all_but_weights : formats::Checked::directory);
    chat_template_ = base::as_text(file_->section(formats::quire_file::section::kTemplate));
    tokenizer_ = std::make_unique<text::Tokenizer>(
        [this](std::string_view name) { return file_->required_section(name); });
}

void TokenizerFile::build(text::TokenizerSource source) {
    for (text::TokenizerTable& table : text::build_tables(source)) {
        tables_[table.name] = std::move(table.bytes);
    }
    tokenizer_ = std::make_unique<text::Tokenizer>(
        [this](std::string_view name) { return base::Bytes(tables_.find(name)->second); });
}

const text::CutPlaces& TokenizerFile::cuts() {
    if (!cuts_) cuts_ = std::make_unique<text::CutPlaces>(tokenizer_->parts());
    return *cuts_;
}

}  // namespace quire::tok
