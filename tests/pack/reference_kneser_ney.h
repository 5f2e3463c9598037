// The slow twin of tools/pack/ngram and lib/model/ngram: modified Kneser-Ney smoothing as its formulas
// say, over maps from runs of tokens to counts.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

namespace quire::test {

class ReferenceKneserNey {
  public:
    using Run = std::vector<std::uint32_t>;

    // documents: with what stands around them, the start in front.
    ReferenceKneserNey(const std::vector<Run>& documents, std::size_t order, std::uint32_t n_tokens)
        : order_(order), n_tokens_(n_tokens) {
        for (const Run& document : documents) {
            for (std::size_t at = 0; at < document.size(); ++at) count(document, at);
        }
        for (std::size_t n = 1; n <= order; ++n) discounts_.push_back(discounts_of(n));
    }

    // p(w | context), of which at most the last order - 1 tokens count.
    double probability(Run context, std::uint32_t w) const {
        while (context.size() >= order_) context.erase(context.begin());
        if (context.empty()) {
            const Sums all = sums({});
            return kept({w}) / all.counts + all.taken / all.counts / n_tokens_;
        }
        const Sums all = sums(context);
        const Run shorter(context.begin() + 1, context.end());
        if (all.counts == 0) return probability(shorter, w);
        Run run = context;
        run.push_back(w);
        return kept(run) / all.counts + all.taken / all.counts * probability(shorter, w);
    }

  private:
    struct Sums {
        double counts = 0;
        double taken = 0;
    };

    void count(const Run& document, std::size_t at) {
        for (std::size_t n = 1; n <= order_ && at + n <= document.size(); ++n) {
            const auto begin = document.begin() + static_cast<std::ptrdiff_t>(at);
            const Run run(begin, begin + static_cast<std::ptrdiff_t>(n));
            const bool is_start = n == 1 && at == 0;  // it is given, no event
            if (!is_start) ++raw_[run];
            if (at > 0) before_[run].insert(document[at - 1]);
            if (at == 0 && n > 1) opening_.insert(run);
        }
    }

    double adjusted(const Run& run) const {
        const auto raw = raw_.find(run);
        if (raw == raw_.end()) return 0;
        if (run.size() == order_ || opening_.contains(run)) return raw->second;
        const auto before = before_.find(run);
        return before == before_.end() ? 0 : static_cast<double>(before->second.size());
    }

    std::array<double, 4> discounts_of(std::size_t n) const {
        std::array<double, 5> of{};
        for (const auto& [run, raw] : raw_) {
            const double c = run.size() == n ? adjusted(run) : 0;
            if (c >= 1 && c <= 4) of[static_cast<std::size_t>(c)] += 1;
        }
        const double y = of[1] / (of[1] + 2 * of[2]);
        std::array<double, 4> out{};
        bool good = of[1] > 0 && of[2] > 0 && of[3] > 0;
        for (std::size_t i = 1; i <= 3 && good; ++i) {
            const auto whole = static_cast<double>(i);
            out[i] = whole - (whole + 1) * y * of[i + 1] / of[i];
            good = out[i] > 0 && out[i] <= whole;
        }
        return good ? out : std::array<double, 4>{0, 0.5, 1, 1.5};
    }

    double taken(const Run& run) const {
        const auto c = static_cast<std::size_t>(std::min(adjusted(run), 3.0));
        return discounts_[run.size() - 1][c];
    }
    double kept(const Run& run) const { return adjusted(run) - taken(run); }

    Sums sums(const Run& context) const {
        Sums out;
        for (const auto& [run, raw] : raw_) {
            if (run.size() != context.size() + 1) continue;
            if (!std::equal(context.begin(), context.end(), run.begin())) continue;
            out.counts += adjusted(run);
            out.taken += taken(run);
        }
        return out;
    }

    std::size_t order_;
    double n_tokens_;
    std::map<Run, double> raw_;
    std::map<Run, std::set<std::uint32_t>> before_;
    std::set<Run> opening_;
    std::vector<std::array<double, 4>> discounts_;
};

}  // namespace quire::test
