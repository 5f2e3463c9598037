// A llama2.c checkpoint and its vocabulary, as two sections: "model.bin" and "tokenizer.bin".
#include "formats/llama2c/llama2c.h"

#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "formats/tokenizer/llama2c_vocab/llama2c_tokenizer.h"
#include "tests/fuzz/common.h"
#include "tests/fuzz/models.h"
#include "tests/fuzz/tokenizers.h"

namespace quire::fuzz {

void run_llama2c(std::string_view input) {
    const std::vector<Section> sections = split_sections(input);
    std::uint64_t vocab_size = 0;
    if (!sections.empty()) {
        const std::string path = folder().write("model.bin", sections[0].content);
        refuses([&] {
            vocab_size = formats::Llama2cFile(path).config().vocab_size;
            use_checkpoint(models::open_llama2c(path));
        });
    }
    if (sections.size() < 2) return;
    const std::string path = folder().write("tokenizer.bin", sections[1].content);
    // By the model's number, and by one that the name of the section gives.
    for (const std::uint64_t n : {vocab_size, std::uint64_t{259} + sections[1].name.size()}) {
        refuses([&] {
            const formats::Llama2cTokenizer tokenizer(path, n);
            use_source(formats::from_llama2c(tokenizer.pieces(), path));
        });
    }
}

}  // namespace quire::fuzz
