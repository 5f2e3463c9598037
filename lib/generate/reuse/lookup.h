// Guesses the next tokens of a text from what followed the last ones earlier in it. A pass then checks
// the guesses: its rows give the logits that single passes give, so guesses save passes and change
// nothing else. source: Saxena 2023, "Prompt Lookup Decoding".
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace quire::generate {

// Most guesses for one text in a pass. Where a pass waits for weights, so many rows more take about as
// long as the pass.
inline constexpr std::size_t kMostGuesses = 16;

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

// The guesses for one text. Their number follows how many were right: a wrong guess costs the time
// of a row.
class Lookup {
  public:
    // At most `limit` guesses for what follows `text`, which begins with the text of the last call.
    // `others`: where to look for what the text itself does not have.
    std::vector<std::uint32_t> guess(std::span<const std::uint32_t> text, std::size_t limit,
                                     const TextIndex& others);
    // Makes no more guesses.
    void stop() noexcept { stopped_ = true; }
    // How many of the last guesses were right.
    void learn(std::size_t n_guessed, std::size_t n_right);

  private:
    TextIndex own_;
    bool stopped_ = false;
    std::size_t n_next_ = 4;   // guesses to make, at least 1
    std::size_t n_wait_ = 0;   // passes without guesses
    std::size_t n_wrong_ = 0;  // guesses in a row without a single right token
};

}  // namespace quire::generate
