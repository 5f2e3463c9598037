#include "lib/tokenizer/encode/built_tokenizer.h"

namespace quire::tokenizer {

BuiltTokenizer::BuiltTokenizer(const TokenizerSpec& spec)
    : tables_(build_tables(spec)),
      tokenizer_([this](std::string_view name) { return find_table(tables_, name); }) {}

}  // namespace quire::tokenizer
