#include "apps/tok/models/tokenizer_file.h"

#include <filesystem>

#include "apps/common/models/find_model.h"
#include "apps/common/models/model_folder.h"
#include "formats/quire/layout.h"
#include "formats/tokenizer/file_kind.h"
#include "formats/tokenizer/open_tokenizer.h"
#include "formats/tokenizer/read_folder.h"
#include "lib/base/error.h"

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

formats::SourceTokenizer open_public(const formats::PublicEncoding& encoding,
                                     const std::string& name) {
    const fs::path path = fs::path(common::model_folder()) / encoding.file->name;
    std::error_code ignored;
    if (!fs::exists(path, ignored)) {
        throw Error(ErrorCode::model, name,
                    "expected the file of " + std::string(encoding.name) + ", found no " +
                        path.string() + "; quire pull " + name + " fetches it");
    }
    return formats::read_public_encoding(path.string(), encoding);
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
        name_ = fs::exists(model, ignored) ? name_of(model) : model;
    }
    plain_ = plain_named(path);
    if (plain_) {
        built_.emplace(plain_spec(*plain_));
    } else if (fs::exists(path, ignored)) {
        open_file(path, verify);
    } else if (const auto named = common::path_if_named(path)) {
        open_file(*named, verify);
    } else if (const auto* encoding = formats::public_encoding(path)) {
        built_.emplace(open_public(*encoding, path).spec);
    } else {
        open_file(common::path_of_named(path), verify);
    }
}

void TokenizerFile::open_file(const std::string& path, bool verify) {
    std::error_code ignored;
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
