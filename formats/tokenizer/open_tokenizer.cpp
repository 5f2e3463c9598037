#include "formats/tokenizer/open_tokenizer.h"

#include <filesystem>

#include "formats/gguf/gguf.h"
#include "formats/tokenizer/file_kind.h"
#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "formats/tokenizer/llama2c_vocab/llama2c_tokenizer.h"
#include "formats/tokenizer/read_folder.h"

namespace quire::formats {

SourceTokenizer open_tokenizer(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored) || kind_of_file(path) != FileKind::gguf) {
        return read_tokenizer(path);
    }
    const gguf::File file(path);
    return {from_gguf(file), gguf_chat_templates(file)};
}

SourceTokenizer open_llama2c_tokenizer(const std::string& path, std::uint64_t n_tokens) {
    const Llama2cTokenizer file(path, n_tokens);
    return {from_llama2c(file.pieces(), path), {}};
}

}  // namespace quire::formats
