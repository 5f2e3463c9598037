// Which tokens of a text are scored, and with how much preceding text. Perplexities are only
// comparable under the same definition, so there are two, and results name theirs:
//
//   chunks   llama.cpp's: the text is cut into chunks of the context's length, and of each chunk
//            the second half is scored (the targets n/2 + 1 .. n - 1). Where the model's tokenizer
//            puts a bos before texts, one stands in the place of each chunk's first token.
//   sliding  the window moves on by a stride, and each token but the first is scored once, in the
//            first window that holds it. source: transformers, "Perplexity of fixed-length models".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace quire::eval {

struct Window {
    std::vector<std::uint32_t> tokens;
    std::size_t first_target = 0;  // tokens[first_target ..] are scored; >= 1
};

class Windows {
  public:
    // Chunks of `context` tokens; bos, if any, replaces the first token of each. context >= 4.
    static Windows chunks(std::span<const std::uint32_t> tokens, std::size_t context,
                          std::optional<std::uint32_t> bos);
    // 1 <= stride <= context. If they are equal, windows do not overlap, and the first token of
    // each is not scored.
    static Windows sliding(std::span<const std::uint32_t> tokens, std::size_t context,
                           std::size_t stride);

    std::size_t size() const noexcept { return n_; }
    void limit(std::size_t n) noexcept;  // keeps the first n
    Window at(std::size_t i) const;
    std::size_t n_scored() const;  // tokens of all windows
    std::string_view definition() const noexcept { return stride_ == 0 ? "llama.cpp" : "sliding"; }

  private:
    Windows(std::span<const std::uint32_t> tokens, std::size_t context) noexcept
        : tokens_(tokens), context_(context) {}

    std::span<const std::uint32_t> tokens_;
    std::size_t context_ = 0;
    std::size_t stride_ = 0;  // 0: chunks
    std::size_t n_ = 0;
    std::optional<std::uint32_t> bos_;
};

}  // namespace quire::eval
