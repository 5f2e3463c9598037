#include "tools/pack/ngram/kneser_ney.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "lib/base/bytes.h"
#include "lib/generate/sampling/logprob.h"

namespace quire::pack {

namespace {

// The counts that probabilities follow from. On the last level, and for runs that begin a document,
// these are the counts themselves; for all others the number of different tokens before them.
std::vector<std::uint64_t> adjusted(const Documents& documents,
                                    const std::vector<CountLevel>& levels, std::size_t n) {
    const CountLevel& level = levels[n];
    std::vector<std::uint64_t> counts = level.counts;
    const std::uint32_t start = documents.start();
    const std::uint32_t start_run = level.run_at[0];
    if (n + 1 == levels.size()) {
        // The start of a document is given, it is not an event.
        if (n == 0 && documents.stream()[0] == start) counts[start_run] -= documents.n_documents();
        return counts;
    }
    for (std::size_t i = 0; i < level.size(); ++i) {
        if (n == 0 || !level.opens[i]) counts[i] = 0;
    }
    for (const std::uint32_t at : levels[n + 1].first) {
        const std::uint32_t run = level.run_at[at + 1];
        if (n == 0 || !level.opens[run]) ++counts[run];
    }
    return counts;
}

Discounts discounts_of(const std::vector<std::uint64_t>& counts) {
    std::array<double, 5> n = {};  // runs with a count of 1 to 4
    for (const std::uint64_t count : counts) {
        if (count < n.size()) n[count] += 1;
    }
    Discounts discounts;
    const double y = n[1] / (n[1] + 2 * n[2]);
    for (std::size_t i = 1; i <= 3; ++i) {
        const auto whole = static_cast<double>(i);
        double& discount = discounts.of[i - 1];
        discount = n[i] == 0 ? -1 : whole - (whole + 1) * y * n[i + 1] / n[i];
        // Below 0 or above the count only where a text has few runs of these counts.
        if (!(discount > 0 && discount <= whole)) discounts.fallback = true;
    }
    if (discounts.fallback) discounts.of = {0.5, 1, 1.5};
    return discounts;
}

double discount(const Discounts& discounts, std::uint64_t count) {
    return count == 0 ? 0 : discounts.of[std::min<std::uint64_t>(count, 3) - 1];
}

// The sums over all continuations of a run: their counts, and what is taken from these.
struct Sums {
    double counts = 0;
    double taken = 0;
};

Sums sum(std::span<const std::uint64_t> counts, const Discounts& discounts) {
    Sums sums;
    for (const std::uint64_t count : counts) {
        sums.counts += static_cast<double>(count);
        sums.taken += discount(discounts, count);
    }
    return sums;
}

float logarithm(double probability) {
    return std::min(static_cast<float>(generate::natural_log(probability)), 0.0F);
}

class Estimator {
  public:
    Estimator(const Documents& documents, std::size_t order, int n_threads)
        : documents_(documents), levels_(count_runs(documents, order, n_threads)) {}

    KneserNey run() {
        write_sizes();
        for (std::size_t n = 0; n < levels_.size(); ++n) {
            counts_.push_back(adjusted(documents_, levels_, n));
            out_.discounts.push_back(discounts_of(counts_[n]));
            backoffs_.emplace_back(levels_[n].size(), 1.0);
            if (n == 0) {
                first_level();
            } else {
                next_level(n);
            }
        }
        for (std::size_t n = 0; n < levels_.size(); ++n) write_level(n);
        return std::move(out_);
    }

  private:
    // Every token has its share of what is taken, whether the text has it or not.
    void first_level() {
        const Sums sums = sum(counts_[0], out_.discounts[0]);
        const double rest = sums.taken / sums.counts / documents_.vocab_size();
        singles_.assign(documents_.vocab_size(), rest);
        probabilities_.emplace_back(levels_[0].size());
        for (std::size_t i = 0; i < levels_[0].size(); ++i) {
            const std::uint32_t token = documents_.stream()[levels_[0].first[i]];
            const std::uint64_t count = counts_[0][i];
            const double kept = static_cast<double>(count) - discount(out_.discounts[0], count);
            probabilities_[0][i] = kept / sums.counts + rest;
            if (token < singles_.size()) singles_[token] = probabilities_[0][i];
        }
    }

    void next_level(std::size_t n) {
        const CountLevel& level = levels_[n];
        const CountLevel& parents = levels_[n - 1];
        const Discounts& discounts = out_.discounts[n];
        std::vector<double>& probabilities = probabilities_.emplace_back(level.size());
        for (std::size_t parent = 0; parent < parents.size(); ++parent) {
            const std::size_t begin = parents.begin[parent];
            const std::size_t end = parents.begin[parent + 1];
            if (begin == end) continue;
            const Sums sums = sum(std::span(counts_[n]).subspan(begin, end - begin), discounts);
            const double rest = sums.taken / sums.counts;
            backoffs_[n - 1][parent] = rest;
            for (std::size_t i = begin; i < end; ++i) {
                const std::uint64_t count = counts_[n][i];
                const double kept = static_cast<double>(count) - discount(discounts, count);
                const std::uint32_t shorter = parents.run_at[level.first[i] + 1];
                probabilities[i] = kept / sums.counts + rest * probabilities_[n - 1][shorter];
            }
        }
    }

    // The runs of a level that are written: all but those of a mark that is no token, which come last.
    std::size_t n_written(std::size_t n) const {
        if (n == 0) return levels_[0].size() - (last_is_mark() ? 1 : 0);
        return levels_[n - 1].begin[n_written(n - 1)];
    }
    bool last_is_mark() const {
        return documents_.stream()[levels_[0].first.back()] == documents_.vocab_size();
    }

    void write_sizes() {
        put(static_cast<std::uint32_t>(levels_.size()));
        put(documents_.vocab_size());
        for (std::size_t n = 0; n < levels_.size(); ++n) {
            out_.n_runs.push_back(n_written(n));
            if (n > 0) put(static_cast<std::uint32_t>(n_written(n)));
        }
    }

    void write_level(std::size_t n) {
        const std::size_t last_of_run = n;
        const std::size_t size = n_written(n);
        const bool has_next = n + 1 < levels_.size();
        if (n == 0) return write_singles(has_next);
        const CountLevel& level = levels_[n];
        for (std::size_t i = 0; i < size; ++i) {
            put(documents_.stream()[level.first[i] + last_of_run]);
        }
        for (std::size_t i = 0; i < size; ++i) put(logarithm(probabilities_[n][i]));
        if (!has_next) return;
        for (std::size_t i = 0; i < size; ++i) put(logarithm(backoffs_[n][i]));
        for (std::size_t i = 0; i <= size; ++i) put(level.begin[i]);
    }

    // On the first level every token has an entry, at its own index.
    void write_singles(bool has_next) {
        for (const double probability : singles_) put(logarithm(probability));
        if (!has_next) return;
        const std::size_t size = n_written(0);
        std::vector<double> backoffs(singles_.size(), 1.0);
        std::vector<std::uint32_t> begins(singles_.size() + 1);
        std::size_t next = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const std::uint32_t token = documents_.stream()[levels_[0].first[i]];
            backoffs[token] = backoffs_[0][i];
            std::fill(begins.begin() + static_cast<std::ptrdiff_t>(next),
                      begins.begin() + token + 1, levels_[0].begin[i]);
            next = token + 1;
        }
        std::fill(begins.begin() + static_cast<std::ptrdiff_t>(next), begins.end(),
                  levels_[0].begin[size]);
        for (const double backoff : backoffs) put(logarithm(backoff));
        for (const std::uint32_t begin : begins) put(begin);
    }

    template <typename T>
    void put(T value) {
        static_assert(sizeof(T) == 4);
        const auto bytes = std::as_bytes(std::span(&value, 1));
        out_.tables.insert(out_.tables.end(), bytes.begin(), bytes.end());
    }

    const Documents& documents_;
    std::vector<CountLevel> levels_;
    std::vector<std::vector<std::uint64_t>> counts_;  // adjusted
    std::vector<std::vector<double>> probabilities_;  // of each run, given what comes before its
                                                      // last token
    std::vector<std::vector<double>> backoffs_;       // the share of each run's continuations that
                                                      // shorter contexts give
    std::vector<double> singles_;                     // (vocab_size)
    KneserNey out_;
};

}  // namespace

KneserNey estimate(const Documents& documents, std::size_t order, int n_threads) {
    return Estimator(documents, order, n_threads).run();
}

}  // namespace quire::pack
