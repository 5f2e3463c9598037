// A tokenizer built in memory from a spec, together with the tables that it uses.
#pragma once

#include <span>
#include <vector>

#include "lib/tokenizer/encode/build_tables.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::tokenizer {

class BuiltTokenizer {
  public:
    // The errors of build_tables().
    explicit BuiltTokenizer(const TokenizerSpec& spec);
    // A copy of the tokenizer would still use the tables of the original.
    BuiltTokenizer(const BuiltTokenizer&) = delete;
    BuiltTokenizer& operator=(const BuiltTokenizer&) = delete;
    ~BuiltTokenizer() = default;

    std::span<const TokenizerTable> tables() const noexcept { return tables_; }
    const Tokenizer& operator*() const noexcept { return tokenizer_; }
    const Tokenizer* operator->() const noexcept { return &tokenizer_; }

  private:
    std::vector<TokenizerTable> tables_;
    Tokenizer tokenizer_;
};

}  // namespace quire::tokenizer
