// Vocabularies with a token a line: "t", a .tiktoken file %% its .tiktoken.json; or "v", a vocab.txt %%
// tokenizer_config.json.
#include "formats/tokenizer/read_folder.h"
#include "tests/fuzz/common.h"
#include "tests/fuzz/tokenizers.h"

namespace quire::fuzz {

void run_vocabfiles(std::string_view input) {
    if (input.empty()) return;
    const bool tiktoken = input[0] == 't';
    const std::vector<std::string_view> parts = split_parts(input.substr(1), 2);
    folder().clear();
    std::string path = folder().write(tiktoken ? "x.tiktoken" : "vocab.txt", parts[0]);
    if (parts.size() > 1) {
        folder().write(tiktoken ? "x.tiktoken.json" : "tokenizer_config.json", parts[1]);
        if (!tiktoken) path = folder().path();
    }
    refuses([&] { use_source(formats::read_tokenizer(path).spec); });
}

}  // namespace quire::fuzz
