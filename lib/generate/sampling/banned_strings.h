// Strings that never appear in the text: tokens that would complete one of them are left out before
// each draw. The text may still contain the beginning of such a string.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/sampling/token_texts.h"

namespace quire::generate {

class BannedStrings {
  public:
    // Empty strings are ignored. `texts` must outlive the object.
    BannedStrings(std::vector<std::string> strings, const TokenTexts& texts);

    // The tokens that would complete a string here, in ascending order. Valid until the next call.
    const std::vector<std::uint32_t>& completing();
    // Continues the text with a token.
    void push(std::uint32_t token);

  private:
    // A string, how far the text has come in it, and which tokens complete it from each place.
    struct Search {
        std::string string;
        std::vector<std::size_t> fallback;  // of Knuth, Morris and Pratt
        std::size_t place = 0;
        std::map<std::size_t, std::vector<std::uint32_t>> completing;

        // The place after `byte`; string.size(): complete.
        std::size_t next(std::size_t from, char byte) const noexcept;
    };
    const std::vector<std::uint32_t>& completing(Search& search) const;

    const TokenTexts& texts_;
    std::vector<Search> searches_;
    std::vector<std::uint32_t> all_;
};

}  // namespace quire::generate
