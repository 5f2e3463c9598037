#include "tools/pack/ngram/tokenizer_source.h"

#include <filesystem>

#include "apps/common/models/find_model.h"
#include "apps/common/models/model_folder.h"
#include "formats/quire/reader.h"
#include "formats/tokenizer/file_kind.h"
#include "formats/tokenizer/open_tokenizer.h"
#include "formats/tokenizer/read_folder.h"
#include "lib/base/error.h"
#include "lib/tokenizer/encode/build_tables.h"

namespace quire::pack {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBytes = "bytes";  // as in tok -m

bool exists(const std::string& path) {
    std::error_code ignored;
    return fs::exists(path, ignored);
}

bool is_quire(const std::string& path) {
    std::error_code ignored;
    return !fs::is_directory(path, ignored) &&
           formats::kind_of_file(path) == formats::FileKind::quire;
}

// All sections of the tokenizer, in the file's order.
std::vector<tokenizer::TokenizerTable> tables_in(const formats::QuireFile& file) {
    std::vector<tokenizer::TokenizerTable> tables;
    for (const auto& section : file.sections()) {
        if (section.name != "tokenizer" && !section.name.starts_with("tokenizer.")) continue;
        tables.push_back({section.name, {section.data.begin(), section.data.end()}});
    }
    return tables;
}

tokenizer::TokenizerSpec byte_spec() {
    tokenizer::TokenizerSpec spec;
    for (int byte = 0; byte < 256; ++byte) {
        spec.pieces.push_back({std::string(1, static_cast<char>(byte))});
    }
    return spec;
}

const formats::PublicEncoding* encoding_of(const std::string& given) {
    if (exists(given) || common::path_if_named(given)) return nullptr;
    return formats::public_encoding(given);
}

}  // namespace

std::string path_of_tokenizer(const std::string& given) {
    if (given == kBytes) return "";
    if (exists(given)) return given;
    if (given == "words" || given == "characters") {
        throw Error(ErrorCode::usage, "--tokenizer",
                    "expected a tokenizer with ids, found " + given + ", which only counts");
    }
    if (const auto* encoding = encoding_of(given)) {
        return fs::path(common::model_folder()) / encoding->file->name;
    }
    return common::path_of_named(given);
}

std::vector<tokenizer::TokenizerTable> tables_of_tokenizer(const std::string& given) {
    if (given == kBytes) return tokenizer::build_tables(byte_spec());
    const std::string path = path_of_tokenizer(given);
    if (const auto* encoding = encoding_of(given)) {
        if (!exists(path)) {
            throw Error(
                ErrorCode::model, given,
                "expected its file, found no " + path + "; quire pull " + given + " fetches it");
        }
        return tokenizer::build_tables(formats::read_public_encoding(path, *encoding).spec);
    }
    if (is_quire(path)) return tables_in(formats::QuireFile::open(path));
    return tokenizer::build_tables(formats::open_tokenizer(path).spec);
}

}  // namespace quire::pack
