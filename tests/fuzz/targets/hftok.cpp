// tokenizer.json, from its text to ids.
#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "tests/fuzz/common.h"
#include "tests/fuzz/tokenizers.h"

namespace quire::fuzz {

void run_hftok(std::string_view input) {
    refuses([&] { use_source(formats::parse_tokenizer_json(input, "tokenizer.json")); });
}

}  // namespace quire::fuzz
