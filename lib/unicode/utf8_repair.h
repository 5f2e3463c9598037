// Text that is not UTF-8, as a tokenizer takes it: U+FFFD for each maximal part of a broken
// sequence (Unicode 15, section 3.9).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quire::unicode {

// True when the whole is UTF-8.
bool needs_no_repair(std::string_view text) noexcept;

struct RepairedText {
    std::string text;
    // Where the text and its original part ways: from `repaired` on, up to the next entry, a place
    // p of the text lies at p - repaired + original.
    struct Step {
        std::size_t repaired = 0;
        std::size_t original = 0;
    };
    std::vector<Step> steps;

    // Places inside a broken sequence and inside its U+FFFD correspond only roughly.
    std::size_t original_place(std::size_t repaired) const;
    std::size_t repaired_place(std::size_t original) const;
};

RepairedText repair_utf8(std::string_view text);

}  // namespace quire::unicode
