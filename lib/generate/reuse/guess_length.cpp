#include "lib/generate/reuse/guess_length.h"

#include <algorithm>

namespace quire::generate {

namespace {

// After guesses that were all wrong, 1, 2, 4 ... passes go without; at most 2^5.
constexpr std::size_t kMostDoublings = 5;

}  // namespace

std::size_t GuessLength::next(std::size_t limit) noexcept {
    if (stopped_) return 0;
    if (n_wait_ > 0) {
        --n_wait_;
        return 0;
    }
    return std::min(n_next_, limit);
}

void GuessLength::learn(std::size_t n_guessed, std::size_t n_right) noexcept {
    if (n_guessed == 0) return;
    if (n_right == 0) {
        n_next_ = std::max<std::size_t>(n_next_ / 2, 1);
        n_wait_ = (std::size_t{1} << std::min(n_wrong_, kMostDoublings)) - 1;
        ++n_wrong_;
        return;
    }
    n_wrong_ = 0;
    n_next_ = n_right == n_guessed ? std::min(2 * n_next_, kMostGuesses) : n_right + 1;
}

}  // namespace quire::generate
