#include "tools/pack/vocabulary.h"

#include <algorithm>
#include <filesystem>

#include "formats/gguf/gguf.h"
#include "formats/llama2c/tokenizer.h"
#include "formats/tokenizer_files/tokenizer_files.h"
#include "formats/vocab/vocab.h"
#include "lib/base/error.h"

namespace quire::pack {

namespace {

// The configuration's eos_token_id, an id or a list, beside what the tokenizer's files name.
void add_eos_ids(text::TokenizerSource& tokenizer, const models::Source& source) {
    const auto found = source.config.find("eos_token_id");
    if (found == source.config.end() || found->is_null()) return;
    const auto add = [&](const nlohmann::json& id) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= tokenizer.pieces.size()) {
            throw Error(ErrorCode::model, source.path,
                        "config: eos_token_id expected ids of the tokenizer, found " + id.dump());
        }
        const auto value = id.get<std::uint32_t>();
        if (std::ranges::find(tokenizer.eos_ids, value) == tokenizer.eos_ids.end()) {
            tokenizer.eos_ids.push_back(value);
        }
    };
    if (found->is_array()) {
        for (const nlohmann::json& id : *found) add(id);
    } else {
        add(*found);
    }
}

}  // namespace

Vocabulary read_vocabulary(const models::Source& source) {
    if (source.format == "gguf") {
        const formats::GgufFile file(source.path);
        return {formats::from_gguf(file), formats::gguf_chat_template(file).value_or("")};
    }
    if (source.format == "llama2c") {
        const std::string path =
            (std::filesystem::path(source.path).parent_path() / "tokenizer.bin").string();
        const formats::Llama2cTokenizer file(path,
                                             source.config.at("vocab_size").get<std::uint64_t>());
        return {formats::from_llama2c(file.pieces(), path), ""};
    }
    formats::HfTokenizer found = formats::read_tokenizer(source.path);
    add_eos_ids(found.source, source);
    return {std::move(found.source), found.chat_template.value_or("")};
}

}  // namespace quire::pack
