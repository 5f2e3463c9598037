#include "lib/tokenizer/encode/tokenizer.h"

#include "lib/tokenizer/encode/encoder.h"

namespace quire::tokenizer {

std::vector<std::uint32_t> Tokenizer::encode(std::string_view text,
                                             const EncodeOptions& options) const {
    std::vector<std::uint32_t> ids;
    Encoder(*this).encode(text, options, ids);
    return ids;
}

}  // namespace quire::tokenizer
