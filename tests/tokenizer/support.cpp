#include "tests/tokenizer/support.h"

#include <sstream>
#include <utility>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "lib/base/files/mapped_file.h"
#include "lib/tokenizer/encode/build_tables.h"
#include "lib/tokenizer/encode/decode_stream.h"

namespace quire::test {

Tables tables_of(const tokenizer::TokenizerSpec& source) {
    Tables tables;
    for (tokenizer::TokenizerTable& table : tokenizer::build_tables(source)) {
        tables[table.name] = std::move(table.bytes);
    }
    return tables;
}

OwningTokenizer::OwningTokenizer(Tables tables) : tables_(std::move(tables)) {
    tokenizer_ = std::make_unique<tokenizer::Tokenizer>([this](std::string_view name) {
        const auto found = tables_.find(name);
        if (found == tables_.end()) throw Error(ErrorCode::model, std::string(name), "is missing");
        return base::Bytes(found->second);
    });
}

std::string golden_path(const std::string& name) {
    return std::string(QUIRE_SOURCE_DIR) + "/tests/golden/tokenizers/" + name;
}

std::string golden_text(const std::string& name) {
    return base::read_text_file(golden_path(name), 1 << 20);
}

nlohmann::json golden_json(const std::string& name) {
    return nlohmann::json::parse(golden_text(name));
}

tokenizer::TokenizerSpec golden_source(const std::string& name) {
    const std::string file = name + "/tokenizer.json";
    return formats::parse_tokenizer_json(golden_text(file), file);
}

std::vector<std::uint32_t> parse_ids(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::uint32_t> ids;
    for (std::uint32_t id = 0; stream >> id;) ids.push_back(id);
    return ids;
}

std::string decoded(const tokenizer::Tokenizer& tokenizer, const std::vector<std::uint32_t>& ids) {
    tokenizer::DecodeStream stream(tokenizer, true);
    std::string out;
    for (const std::uint32_t id : ids) out += stream.push(id);
    return out + stream.finish();
}

}  // namespace quire::test
