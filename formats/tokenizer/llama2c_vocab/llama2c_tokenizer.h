// The vocabulary of a llama2.c checkpoint (tokenizer.bin): one piece per token, with the score that
// orders the merges. The model, not the file, says how many tokens there are. source: tokenizer.py
// (export) and run.c (build_tokenizer) of llama2.c.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/files/mapped_file.h"

namespace quire::formats {

class Llama2cTokenizer {
  public:
    struct Piece {
        float score;            // finite
        std::string_view text;  // bytes in the mapping, at most max_token_length()
    };

    // Error{model} when the file does not hold exactly `vocab_size` pieces.
    Llama2cTokenizer(const std::string& path, std::uint64_t vocab_size);

    std::span<const Piece> pieces() const noexcept { return pieces_; }  // by token id
    std::uint32_t max_token_length() const noexcept { return max_token_length_; }

  private:
    base::MappedFile file_;
    std::uint32_t max_token_length_ = 0;  // bytes
    std::vector<Piece> pieces_;
};

}  // namespace quire::formats
