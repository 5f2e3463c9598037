#include "lib/generate/sampling/dry.h"

#include <algorithm>
#include <map>

namespace quire::generate {

namespace {

constexpr double kLargest = 1e30;

// For each i the number of tokens that end before tokens[i] and equal those at the end of all
// tokens, at most `limit`: the Z function of the reversed list.
std::vector<std::size_t> common_endings(const std::uint32_t* tokens, std::size_t n,
                                        std::size_t limit) {
    std::vector<std::size_t> length(n + 1, 0);  // by distance from the end
    const auto at = [&](std::size_t i) { return tokens[n - 1 - i]; };
    for (std::size_t i = 1, left = 0, right = 0; i < n; ++i) {
        std::size_t z = i < right ? std::min(right - i, length[i - left]) : 0;
        while (i + z < n && at(z) == at(i + z)) ++z;
        if (i + z > right) {
            left = i;
            right = i + z;
        }
        length[i] = z;
    }
    std::vector<std::size_t> ending(n, 0);
    for (std::size_t i = 1; i < n; ++i) ending[n - i] = std::min(length[i], limit);
    return ending;
}

}  // namespace

bool Dry::breaks(std::uint32_t token) {
    if (token >= texts_.size()) return false;
    const std::string_view text = texts_[token];
    const std::size_t before = tail_.size();
    tail_ += text;
    std::size_t longest = 1;
    bool found = false;
    for (const std::string& breaker : params_.breakers) {
        if (breaker.empty()) continue;
        longest = std::max(longest, breaker.size());
        const std::size_t first = before >= breaker.size() ? before - breaker.size() + 1 : 0;
        found = found || tail_.find(breaker, first) != std::string::npos;
    }
    if (tail_.size() > longest) tail_.erase(0, tail_.size() - longest);
    return found;
}

void Dry::push(std::uint32_t token) {
    breaks_.push_back(breaks(token));
    tokens_.push_back(token);
}

std::vector<std::pair<std::uint32_t, float>> Dry::penalties() const {
    std::size_t n = tokens_.size();
    if (params_.last_n >= 0) n = std::min(n, static_cast<std::size_t>(params_.last_n));
    const std::size_t begin = tokens_.size() - n;
    std::size_t limit = 0;  // tokens after the last breaker
    while (limit < n && !breaks_[tokens_.size() - 1 - limit]) ++limit;
    if (limit < params_.allowed_length || n == 0) return {};

    const std::vector<std::size_t> ending = common_endings(tokens_.data() + begin, n, limit);
    std::map<std::uint32_t, std::size_t> longest;
    for (std::size_t i = 1; i < n; ++i) {
        if (ending[i] < params_.allowed_length || breaks_[begin + i]) continue;
        std::size_t& length = longest[tokens_[begin + i]];
        length = std::max(length, ending[i]);
    }
    std::vector<std::pair<std::uint32_t, float>> penalties;
    for (const auto& [token, length] : longest) {
        double penalty = double{params_.multiplier};
        for (std::size_t i = params_.allowed_length; i < length && penalty < kLargest; ++i) {
            penalty *= double{params_.base};
        }
        penalties.emplace_back(token, static_cast<float>(std::min(penalty, kLargest)));
    }
    return penalties;
}

}  // namespace quire::generate
