// A model of counted n-grams: the probability of a token follows from how often it came after the last
// ones in a text. A file holds the probabilities themselves, in sorted tables that are used in place.
//
// Level n has an entry for each run of n tokens that the text has. The entries of level n + 1 that begin
// with those n tokens are its children, one next to the other and sorted by their last token. The
// logarithm of the probability of w after tokens c, at most `order` - 1 of them, is
//
//   p(w | c) = the entry of c w, if there is one
//              otherwise the backoff of c, if there is an entry of c, + p(w | c without its first token)
//
// and every token of the vocabulary has an entry on level 1.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "lib/base/bytes.h"
#include "lib/spec/limits.h"
#include "lib/spec/model_spec.h"

namespace quire::model {

class Ngram {
  public:
    // The tables as formats/quire/FORMAT.md describes them; they are checked as a whole, and must
    // outlive the object. Error{model} naming `where`.
    Ngram(const spec::ModelSpec& spec, base::Bytes tables, const std::string& where);

    std::size_t order() const noexcept { return order_; }
    // Entries of level n, from 1 to order(); on level 1 the vocabulary.
    std::size_t n_entries(std::size_t n) const noexcept { return levels_[n - 1].n; }
    std::size_t bytes() const noexcept { return n_bytes_; }

    // Natural logarithms of the probabilities of all tokens after `context`, the last of them last;
    // only its last order() - 1 tokens count. out: (vocab_size).
    void log_probabilities(std::span<const std::uint32_t> context, float* out) const noexcept;

  private:
    struct Level {
        std::size_t n = 0;                      // entries
        const std::uint32_t* tokens = nullptr;  // (n): the last token; null on level 1, where it is
                                                // the entry's index
        const float* log_probability = nullptr;  // (n)
        const float* backoff = nullptr;          // (n); null on the last level
        const std::uint32_t* begin = nullptr;    // (n + 1): of the children; null on the last level
    };

    void check(const Level& level, const Level* next, const std::string& where) const;
    // The entry of `tokens`, on the level of their number, or nothing.
    std::optional<std::size_t> find(std::span<const std::uint32_t> tokens) const noexcept;

    std::size_t order_;
    std::size_t vocab_size_;
    std::size_t n_bytes_;
    std::array<Level, spec::kMaxNgramOrder> levels_;
};

}  // namespace quire::model
