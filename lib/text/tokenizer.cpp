#include "lib/text/tokenizer.h"

#include "lib/text/encoder.h"

namespace quire::text {

std::vector<std::uint32_t> Tokenizer::encode(std::string_view text,
                                             const EncodeOptions& options) const {
    std::vector<std::uint32_t> ids;
    Encoder(*this).encode(text, options, ids);
    return ids;
}

}  // namespace quire::text
