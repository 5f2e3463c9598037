// Applies the text steps of a tokenizer (tokenizer_source.h) to one section of text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/tokenizer_source.h"

namespace quire::text {

struct SteppedText {
    std::string text;
    // (text.size() + 1) where in the section each byte comes from; of a byte that a step made,
    // where the byte after it comes from.
    std::vector<std::size_t> origins;
};

// `at_start`: the section begins where the whole text begins. `continued`: it is the rest of a
// section whose front went through the steps before, so nothing is put before it.
std::string apply_steps(std::span<const TextStep> steps, std::string_view section, bool at_start,
                        bool continued = false);

// The same, keeping account of origins.
SteppedText apply_steps_traced(std::span<const TextStep> steps, std::string_view section,
                               bool at_start, bool continued = false);

}  // namespace quire::text
