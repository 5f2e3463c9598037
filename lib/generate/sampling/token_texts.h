// The text of every token on its own, as it appears inside a text: for rules that are about text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::generate {

class TokenTexts {
  public:
    // Decodes the whole vocabulary: some tens of milliseconds for a large one.
    explicit TokenTexts(const tokenizer::Tokenizer& tokenizer);
    // Of a vocabulary of these texts.
    explicit TokenTexts(std::span<const std::string> texts);

    std::size_t size() const noexcept { return ends_.size(); }
    // Bytes, which may be a part of a character; empty for control tokens. id below size().
    std::string_view operator[](std::uint32_t id) const noexcept {
        const std::size_t begin = id == 0 ? 0 : ends_[id - 1];
        return std::string_view(bytes_).substr(begin, ends_[id] - begin);
    }

  private:
    std::string bytes_;
    std::vector<std::size_t> ends_;
};

}  // namespace quire::generate
