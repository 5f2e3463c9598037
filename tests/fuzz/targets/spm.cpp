// A SentencePiece model, to ids.
#include "formats/tokenizer/sentencepiece/sentencepiece.h"
#include "tests/fuzz/common.h"
#include "tests/fuzz/tokenizers.h"

namespace quire::fuzz {

void run_spm(std::string_view input) {
    refuses([&] { use_source(formats::parse_sentencepiece(base::as_bytes(input), "x.model")); });
}

}  // namespace quire::fuzz
