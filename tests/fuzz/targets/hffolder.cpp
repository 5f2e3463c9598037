// The files beside tokenizer.json: tokenizer_config.json %% special_tokens_map.json %%
// chat_template.jinja %% added_tokens.json %% tokenizer.json.
#include <array>

#include "formats/tokenizer/read_folder.h"
#include "lib/tokenizer/encode/build_tables.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

constexpr std::string_view kTokenizer =
    R"({"model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "<s>": 2, "</s>": 3, "[UNK]": 4},)"
    R"( "unk_token": "[UNK]"}, "pre_tokenizer": {"type": "WhitespaceSplit"}, "added_tokens": [)"
    R"({"id": 2, "content": "<s>", "special": true, "single_word": false, "lstrip": false,)"
    R"( "rstrip": false, "normalized": false}]})";

}  // namespace

void run_hffolder(std::string_view input) {
    constexpr std::array<const char*, 5> kNames{"tokenizer_config.json", "special_tokens_map.json",
                                                "chat_template.jinja", "added_tokens.json",
                                                "tokenizer.json"};
    const std::vector<std::string_view> parts = split_parts(input, kNames.size());
    folder().clear();
    folder().write("tokenizer.json", kTokenizer);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!parts[i].empty()) folder().write(kNames[i], parts[i]);
    }
    refuses([&] {
        const formats::SourceTokenizer found = formats::read_tokenizer(folder().path());
        tokenizer::build_tables(found.spec);
    });
}

}  // namespace quire::fuzz
