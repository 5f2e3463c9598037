#include "tools/pack/vocabulary.h"

#include <filesystem>

#include "formats/gguf/gguf.h"
#include "formats/hf_tokenizer/hf_tokenizer.h"
#include "formats/llama2c/tokenizer.h"
#include "formats/vocab/vocab.h"

namespace quire::pack {

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
    formats::HfTokenizer found = formats::read_hf_tokenizer(source.path);
    return {std::move(found.source), found.chat_template.value_or("")};
}

}  // namespace quire::pack
