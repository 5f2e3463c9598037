#include "apps/tok/tokenizer_file.h"

#include <filesystem>

#include "apps/common/models/find_model.h"
#include "formats/quire/layout.h"
#include "formats/tokenizer/file_kind.h"
#include "formats/tokenizer/open_tokenizer.h"

namespace quire::tok {

namespace {

namespace fs = std::filesystem;

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
    if (!fs::exists(path, ignored)) path = common::path_of_named(path);
    if (!fs::is_directory(path, ignored) &&
        formats::kind_of_file(path) == formats::FileKind::quire) {
        open_quire(path, verify);
        return;
    }
    formats::SourceTokenizer found = formats::open_tokenizer(path);
    templates_ = std::move(found.templates);
    built_.emplace(found.spec);
}

void TokenizerFile::open_quire(const std::string& path, bool verify) {
    file_ = formats::QuireFile::open(
        path, verify ? formats::Checked::all_but_weights : formats::Checked::directory);
    in_place_.emplace([this](std::string_view name) { return file_->required_section(name); });
}

const tokenizer::SafeCuts& TokenizerFile::cuts() {
    if (!cuts_) cuts_ = std::make_unique<tokenizer::SafeCuts>(tokenizer().tables());
    return *cuts_;
}

}  // namespace quire::tok
