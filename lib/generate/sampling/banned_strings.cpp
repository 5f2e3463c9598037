#include "lib/generate/sampling/banned_strings.h"

#include <algorithm>
#include <utility>

namespace quire::generate {

BannedStrings::BannedStrings(std::vector<std::string> strings, const TokenTexts& texts)
    : texts_(texts) {
    for (std::string& string : strings) {
        if (string.empty()) continue;
        Search search{std::move(string), {}, 0, {}};
        search.fallback.assign(search.string.size() + 1, 0);
        for (std::size_t i = 1, k = 0; i < search.string.size(); ++i) {
            while (k > 0 && search.string[i] != search.string[k]) k = search.fallback[k];
            if (search.string[i] == search.string[k]) ++k;
            search.fallback[i + 1] = k;
        }
        searches_.push_back(std::move(search));
    }
}

std::size_t BannedStrings::Search::next(std::size_t from, char byte) const noexcept {
    if (from == string.size()) from = fallback[from];
    while (from > 0 && string[from] != byte) from = fallback[from];
    return string[from] == byte ? from + 1 : 0;
}

const std::vector<std::uint32_t>& BannedStrings::completing(Search& search) const {
    const auto [found, is_new] = search.completing.try_emplace(search.place);
    if (!is_new) return found->second;
    for (std::uint32_t id = 0; id < texts_.size(); ++id) {
        std::size_t place = search.place;
        for (const char byte : texts_[id]) {
            place = search.next(place, byte);
            if (place == search.string.size()) {
                found->second.push_back(id);
                break;
            }
        }
    }
    return found->second;
}

const std::vector<std::uint32_t>& BannedStrings::completing() {
    all_.clear();
    for (Search& search : searches_) {
        const std::vector<std::uint32_t>& more = completing(search);
        all_.insert(all_.end(), more.begin(), more.end());
    }
    std::sort(all_.begin(), all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
    return all_;
}

void BannedStrings::push(std::uint32_t token) {
    if (token >= texts_.size()) return;
    for (Search& search : searches_) {
        for (const char byte : texts_[token]) search.place = search.next(search.place, byte);
    }
}

}  // namespace quire::generate
