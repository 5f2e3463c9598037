// Guesses the next tokens of a text from what followed the last ones earlier in it. A pass then checks
// the guesses: its rows give the logits that single passes give, so guesses save passes and change
// nothing else. source: Saxena 2023, "Prompt Lookup Decoding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "lib/generate/reuse/guess_length.h"

namespace quire::generate {

// Where each run of kKey tokens of a text was seen last.
class TextIndex {
  public:
    static constexpr std::size_t kKey = 3;

    void append(std::span<const std::uint32_t> tokens);
    std::size_t size() const noexcept { return text_.size(); }
    // At most n tokens that followed the last kKey tokens of `text` where the index saw them last;
    // none if it did not. Behind the end of the indexed text they repeat themselves.
    std::vector<std::uint32_t> after(std::span<const std::uint32_t> text, std::size_t n) const;

  private:
    std::vector<std::uint32_t> text_;
    std::unordered_map<std::uint64_t, std::size_t> next_;  // by the hash of a run: what follows it
};

// The guesses for one text.
class Lookup {
  public:
    // At most `limit` guesses for what follows `text`, which begins with the text of the last call.
    // `others`: where to look for what the text itself does not have.
    std::vector<std::uint32_t> guess(std::span<const std::uint32_t> text, std::size_t limit,
                                     const TextIndex& others);
    // Makes no more guesses.
    void stop() noexcept { length_.stop(); }
    // How many of the last guesses were right.
    void learn(std::size_t n_guessed, std::size_t n_right) noexcept {
        length_.learn(n_guessed, n_right);
    }

  private:
    TextIndex own_;
    GuessLength length_;
};

}  // namespace quire::generate
