#include "lib/generate/sampling/candidates.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "lib/base/assert.h"
#include "lib/generate/sampling/logprob.h"

namespace quire::generate {

namespace {

constexpr float kNeverDrawn = std::numeric_limits<float>::lowest();
// A logit this far below the largest has probability 0: exp_shifted() underflows at -87.
constexpr double kFarBelowTop = -200.0;

double entropy_of(const std::vector<double>& probabilities) {
    double sum = 0;
    for (const double p : probabilities) {
        if (p > 0) sum -= p * natural_log(p);
    }
    return sum;
}

}  // namespace

double power(double x, double y, const kernels::KernelTable& kernels) noexcept {
    const auto exponent = static_cast<float>(y * natural_log(x));
    float result = 0;
    kernels.exp_shifted(&result, &exponent, 1, 0.0F);
    return double{result};
}

void Candidates::assign(std::span<const float> logits) {
    items_.clear();
    for (std::uint32_t i = 0; i < logits.size(); ++i) {
        if (logits[i] > kNeverDrawn) items_.push_back({logits[i], i});
    }
    if (items_.empty()) items_.push_back({0.0F, 0});
    sorted_ = weighed_ = false;
}

void Candidates::sort() {
    if (sorted_) return;
    std::sort(items_.begin(), items_.end(), [](const Item& a, const Item& b) {
        return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
    });
    sorted_ = true;
    weighed_ = false;
}

void Candidates::keep_first(std::size_t n) {
    QUIRE_ASSERT(sorted_ && n > 0);
    if (n >= items_.size()) return;
    items_.resize(n);
    weighed_ = false;
}

const std::vector<double>& Candidates::probabilities() {
    sort();
    if (weighed_) return probabilities_;
    logits_.clear();
    for (const Item& item : items_) logits_.push_back(item.logit);
    weights_.resize(logits_.size());
    kernels_->exp_shifted(weights_.data(), logits_.data(), logits_.size(), logits_.front());
    double total = 0;
    for (const float weight : weights_) total += double{weight};
    probabilities_.clear();
    for (const float weight : weights_) probabilities_.push_back(double{weight} / total);
    weighed_ = true;
    return probabilities_;
}

void Candidates::keep_top_k(std::size_t k) {
    if (k == 0 || k >= items_.size()) return;
    if (!sorted_) {
        // Sorting all of a large vocabulary would take longer than everything else here.
        std::nth_element(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(k),
                         items_.end(), [](const Item& a, const Item& b) {
                             return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
                         });
        items_.resize(k);
        sort();
    }
    keep_first(k);
}

void Candidates::keep_top_p(double p) {
    const std::vector<double>& probability = probabilities();
    double sum = 0;
    std::size_t n = 0;
    while (n < probability.size() && (n == 0 || sum < p)) sum += probability[n++];
    keep_first(n);
}

void Candidates::keep_min_p(double p) {
    const std::vector<double>& probability = probabilities();
    const double least = p * probability.front();
    std::size_t n = 1;
    while (n < probability.size() && probability[n] >= least) ++n;
    keep_first(n);
}

void Candidates::keep_typical(double p) {
    const std::vector<double>& probability = probabilities();
    const double entropy = entropy_of(probability);
    std::vector<double> distance;
    distance.reserve(probability.size());
    for (const double x : probability) {
        distance.push_back(x > 0 ? std::fabs(-natural_log(x) - entropy)
                                 : std::numeric_limits<double>::max());
    }
    std::vector<std::size_t> nearest(probability.size());
    std::iota(nearest.begin(), nearest.end(), std::size_t{0});
    std::stable_sort(nearest.begin(), nearest.end(),
                     [&](std::size_t a, std::size_t b) { return distance[a] < distance[b]; });
    double sum = 0;
    std::size_t n = 0;
    while (n < nearest.size() && (n == 0 || sum < p)) sum += probability[nearest[n++]];
    nearest.resize(n);
    std::sort(nearest.begin(), nearest.end());
    for (std::size_t i = 0; i < n; ++i) items_[i] = items_[nearest[i]];
    items_.resize(n);
    weighed_ = false;
}

void Candidates::keep_n_sigma(double n) {
    sort();
    double sum = 0;
    for (const Item& item : items_) sum += double{item.logit};
    const double mean = sum / static_cast<double>(items_.size());
    double squares = 0;
    for (const Item& item : items_) {
        squares += (double{item.logit} - mean) * (double{item.logit} - mean);
    }
    const double deviation = std::sqrt(squares / static_cast<double>(items_.size()));
    const double least = double{items_.front().logit} - n * deviation;
    std::size_t kept = 1;
    while (kept < items_.size() && double{items_[kept].logit} >= least) ++kept;
    keep_first(kept);
}

void Candidates::exclude_top_choices(double threshold) {
    const std::vector<double>& probability = probabilities();
    std::size_t n_top = 0;
    while (n_top < probability.size() && probability[n_top] >= threshold) ++n_top;
    if (n_top < 2) return;
    items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(n_top - 1));
    weighed_ = false;
}

void Candidates::keep_surprise(double limit) {
    const std::vector<double>& probability = probabilities();
    std::size_t n = 1;
    while (n < probability.size() && probability[n] > 0 &&
           -natural_log(probability[n]) <= limit * kLn2) {
        ++n;
    }
    keep_first(n);
}

void Candidates::divide(double temperature) {
    sort();
    if (temperature <= 0) {
        keep_first(1);
        return;
    }
    const double most = double{items_.front().logit};
    for (Item& item : items_) {
        item.logit =
            static_cast<float>(std::max((double{item.logit} - most) / temperature, kFarBelowTop));
    }
    weighed_ = false;
}

double Candidates::relative_entropy() {
    if (size() < 2) return 0;
    return entropy_of(probabilities()) / natural_log(static_cast<double>(size()));
}

std::size_t Candidates::draw(double draw) {
    const std::vector<double>& probability = probabilities();
    double sum = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < probability.size(); ++i) {
        if (probability[i] == 0) break;
        last = i;
        sum += probability[i];
        if (draw < sum) break;
    }
    return last;  // also where rounding left a gap below 1
}

}  // namespace quire::generate
