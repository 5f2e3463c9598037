// Which two neighbouring characters no word holds together in any text: read off the split
// automaton, so it depends on the classes of the two characters alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/tokenizer/pattern/splitter.h"

namespace quire::tokenizer {

class ClassBoundaries {
  public:
    explicit ClassBoundaries(const SplitTable& split);

    // False: no two characters are known to be apart.
    bool any() const noexcept { return !apart_.empty(); }
    // Whether those that are not apart are always of one word.
    bool is_all() const noexcept { return is_all_; }
    // Both are classes of the splitter (SplitTable::class_of).
    bool is_apart(std::uint32_t before, std::uint32_t after) const {
        return apart_[before * n_classes_ + after];
    }

  private:
    std::size_t n_classes_ = 0;
    bool is_all_ = false;
    std::vector<bool> apart_;  // (n_classes, n_classes); empty: none
};

}  // namespace quire::tokenizer
