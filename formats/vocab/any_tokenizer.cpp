#include "formats/vocab/any_tokenizer.h"

#include <filesystem>

#include "formats/gguf/gguf.h"
#include "formats/tokenizer_files/file_kind.h"
#include "formats/tokenizer_files/tokenizer_files.h"
#include "formats/vocab/vocab.h"

namespace quire::formats {

HfTokenizer read_any_tokenizer(const std::string& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored) || kind_of_file(path) != FileKind::gguf) {
        return read_tokenizer(path);
    }
    const GgufFile file(path);
    return {from_gguf(file), gguf_chat_templates(file)};
}

}  // namespace quire::formats
