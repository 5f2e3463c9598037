// Finds pairs of character classes that always belong to different words, in any text. It reads
// them off the split automaton, so only the classes of the two characters matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/tokenizer/pattern/splitter.h"

namespace quire::tokenizer {

class ClassBoundaries {
  public:
    explicit ClassBoundaries(const SplitTable& split);

    // False if no such pair is known.
    bool any() const noexcept { return !apart_.empty(); }
    // True if every pair not reported as a boundary is guaranteed to lie inside one word.
    bool is_all() const noexcept { return is_all_; }
    // Both arguments are classes of the splitter (SplitTable::class_of).
    bool is_apart(std::uint32_t before, std::uint32_t after) const {
        return apart_[before * n_classes_ + after];
    }

  private:
    std::size_t n_classes_ = 0;
    bool is_all_ = false;
    std::vector<bool> apart_;  // (n_classes, n_classes); empty if there are none
};

}  // namespace quire::tokenizer
