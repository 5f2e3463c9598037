#include "apps/common/options/nearest.h"

#include <algorithm>
#include <numeric>

namespace quire::common {

namespace {

// The number of single-letter changes that turn one word into another; swapping two neighbors is
// one change.
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    std::iota(d[0].begin(), d[0].end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        d[i][0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

// Whether `part` is a subsequence of `whole` that starts with the same letter.
bool abbreviates(const std::string& part, const std::string& whole) {
    if (part.size() < 3 || whole.empty() || part[0] != whole[0]) return false;
    std::size_t at = 0;
    for (const char c : whole) at += at < part.size() && part[at] == c ? 1 : 0;
    return at == part.size();
}

}  // namespace

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
    std::string best;
    std::size_t least = std::max<std::size_t>(word.size() / 3, word.size() > 3 ? 2 : 1) + 1;
    for (const std::string& one : known) {
        if (one == word) return one;
        const bool begins = std::min(word.size(), one.size()) >= 3 &&
                            (one.starts_with(word) || word.starts_with(one));
        const std::size_t changes =
            begins ? 1 : std::min(distance(word, one), abbreviates(word, one) ? 1U : word.size());
        // Of equally near words, one that only has letters more than what was typed, then the shorter one.
        const bool one_longer = abbreviates(word, one);
        const bool best_longer = abbreviates(word, best);
        const bool shorter = one_longer == best_longer && one.size() < best.size();
        const bool better = changes == least && ((one_longer && !best_longer) || shorter);
        if ((changes >= least && (!better || best.empty())) || one.size() < 2) continue;
        least = changes;
        best = one;
    }
    return best;
}

}  // namespace quire::common
