#include "tools/pack/ngram/counts.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/parallel.h"

namespace quire::pack {

void Documents::add(std::span<const std::uint32_t> tokens) {
    if (tokens.empty()) return;
    stream_.push_back(start());
    stream_.insert(stream_.end(), tokens.begin(), tokens.end());
    if (borders_.end) stream_.push_back(*borders_.end);
    stream_.push_back(kBreak);
    ++n_documents_;
    n_tokens_ += tokens.size();
}

namespace {

// The places of the stream, but for breaks, ordered by the `order` tokens from there on.
std::vector<std::uint32_t> sorted_places(std::span<const std::uint32_t> stream, std::size_t n_first,
                                         std::size_t order, int n_threads) {
    // By the first token at once, then those with the same first token.
    std::vector<std::size_t> begins(n_first + 1);
    for (const std::uint32_t token : stream) {
        if (token != Documents::kBreak) ++begins[token + 1];
    }
    for (std::size_t i = 0; i < n_first; ++i) begins[i + 1] += begins[i];
    std::vector<std::uint32_t> places(begins.back());
    std::vector<std::size_t> next(begins.begin(), begins.end() - 1);
    for (std::size_t i = 0; i < stream.size(); ++i) {
        if (stream[i] != Documents::kBreak)
            places[next[stream[i]]++] = static_cast<std::uint32_t>(i);
    }
    // No run goes past a break, and a break is larger than any token.
    const auto comes_first = [&](std::uint32_t a, std::uint32_t b) {
        for (std::size_t i = 0; i < order; ++i) {
            const std::uint32_t x = stream[a + i];
            const std::uint32_t y = stream[b + i];
            if (x != y) return x < y;
            if (x == Documents::kBreak) break;
        }
        return a < b;
    };
    base::parallel_for(n_threads, n_first, [&](std::size_t token) {
        std::sort(places.begin() + static_cast<std::ptrdiff_t>(begins[token]),
                  places.begin() + static_cast<std::ptrdiff_t>(begins[token + 1]), comes_first);
    });
    return places;
}

// Tokens from a place on, up to a break, at most `order`.
std::size_t length_at(std::span<const std::uint32_t> stream, std::size_t at, std::size_t order) {
    std::size_t n = 0;
    while (n < order && stream[at + n] != Documents::kBreak) ++n;
    return n;
}

std::size_t common_length(std::span<const std::uint32_t> stream, std::size_t a, std::size_t b,
                          std::size_t most) {
    std::size_t n = 0;
    while (n < most && stream[a + n] == stream[b + n]) ++n;
    return n;
}

}  // namespace

std::vector<CountLevel> count_runs(const Documents& documents, std::size_t order, int n_threads) {
    const std::span<const std::uint32_t> stream = documents.stream();
    if (stream.size() >= CountLevel::kNone) {
        throw Error(ErrorCode::input, "", "expected a text below 2^32 tokens, found a longer one");
    }
    const std::vector<std::uint32_t> places =
        sorted_places(stream, std::size_t{documents.vocab_size()} + 1, order, n_threads);
    std::vector<CountLevel> levels(order);
    for (CountLevel& level : levels) level.run_at.assign(stream.size(), CountLevel::kNone);
    std::size_t before = 0;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const std::size_t at = places[i];
        const std::size_t length = length_at(stream, at, order);
        const std::size_t same = i == 0 ? 0 : common_length(stream, before, at, length);
        const bool opens = at == 0 || stream[at - 1] == Documents::kBreak;
        for (std::size_t n = 0; n < length; ++n) {
            CountLevel& level = levels[n];
            if (n >= same) {
                level.first.push_back(static_cast<std::uint32_t>(at));
                level.counts.push_back(0);
                level.opens.push_back(false);
                if (n + 1 < order) {
                    level.begin.push_back(static_cast<std::uint32_t>(levels[n + 1].size()));
                }
            }
            ++level.counts.back();
            if (opens) level.opens.back() = true;
            level.run_at[at] = static_cast<std::uint32_t>(level.size() - 1);
        }
        before = at;
    }
    for (std::size_t n = 0; n + 1 < order; ++n) {
        levels[n].begin.push_back(static_cast<std::uint32_t>(levels[n + 1].size()));
    }
    return levels;
}

}  // namespace quire::pack
