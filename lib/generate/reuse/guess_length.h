// How many tokens to guess in a pass. The number follows how many were right: a wrong guess costs the
// time of a row.
#pragma once

#include <cstddef>

namespace quire::generate {

// Most guesses for one text in a pass. Where a pass waits for weights, so many rows more take about as
// long as the pass.
inline constexpr std::size_t kMostGuesses = 16;

class GuessLength {
  public:
    // The guesses to make in the next pass, at most `limit`; 0 in a pause.
    std::size_t next(std::size_t limit) noexcept;
    // No more guesses.
    void stop() noexcept { stopped_ = true; }
    bool stopped() const noexcept { return stopped_; }
    // How many of the last guesses were right.
    void learn(std::size_t n_guessed, std::size_t n_right) noexcept;

  private:
    bool stopped_ = false;
    std::size_t n_next_ = 4;   // guesses to make, at least 1
    std::size_t n_wait_ = 0;   // passes without guesses
    std::size_t n_wrong_ = 0;  // guesses in a row without a single right token
};

}  // namespace quire::generate
