// Repairs text that is not UTF-8 as tokenizers expect it: each maximal part of a broken sequence
// becomes U+FFFD (Unicode 15, section 3.9), and offsets can be mapped in both directions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace quire::unicode {

// True if all of `text` is valid UTF-8.
bool needs_no_repair(std::string_view text) noexcept;

struct RepairedText {
    std::string text;
    // The places where offsets in the two texts begin to differ. From offset `repaired` up to the
    // next entry, offset p of the repaired text is p - repaired + original in the original.
    struct Step {
        std::size_t repaired = 0;
        std::size_t original = 0;
    };
    std::vector<Step> steps;

    // Offsets inside a broken sequence, or inside its U+FFFD, are mapped only approximately.
    std::size_t original_place(std::size_t repaired) const;
    std::size_t repaired_place(std::size_t original) const;
};

RepairedText repair_utf8(std::string_view text);

}  // namespace quire::unicode
