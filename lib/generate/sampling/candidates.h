// The tokens that may still be drawn, and the steps that leave some of them out. All sums are made
// in double in the order of likelihood, so that a draw has the same result everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/kernels/kernels.h"

namespace quire::generate {

class Candidates {
  public:
    explicit Candidates(const kernels::KernelTable& kernels) : kernels_(&kernels) {}

    // All tokens but those whose logit is the lowest finite number: they are never drawn. If there
    // are no others, token 0. logits: (vocab_size), finite.
    void assign(std::span<const float> logits);

    std::size_t size() const noexcept { return items_.size(); }
    // In the order of likelihood; of equal ones the lower id first.
    std::uint32_t token(std::size_t i) const noexcept { return items_[i].token; }
    float logit(std::size_t i) const noexcept { return items_[i].logit; }
    // Of each candidate among all of them, in the same order. Valid until the next change.
    const std::vector<double>& probabilities();

    // The k likeliest; 0: all.
    void keep_top_k(std::size_t k);
    // The least number of the likeliest that together have probability p.
    void keep_top_p(double p);
    // Those at least p times as likely as the likeliest.
    void keep_min_p(double p);
    // Those whose surprise is nearest to the expected one, until together they have probability p.
    // source: Meister and others, "Locally typical sampling" (2022), section 4.
    void keep_typical(double p);
    // Those whose logit is at most n standard deviations below the largest.
    // source: Tang and others, "Top-n-sigma" (2024), algorithm 1.
    void keep_n_sigma(double n);
    // Leaves out all candidates with at least this probability but the least likely of them.
    // source: text-generation-webui, "XTC: exclude top choices".
    void exclude_top_choices(double threshold);
    // The likeliest while their surprise, -log2 of the probability, is at most `limit` bits.
    void keep_surprise(double limit);
    // Divides logits by the temperature; 0 leaves the likeliest.
    void divide(double temperature);
    // The entropy of the probabilities, in units of the largest that so many candidates can have.
    double relative_entropy();

    // The place of the candidate to which `draw` in [0, 1) belongs.
    std::size_t draw(double draw);

  private:
    struct Item {
        float logit;
        std::uint32_t token;
    };
    void sort();
    void keep_first(std::size_t n);

    const kernels::KernelTable* kernels_;
    std::vector<Item> items_;
    bool sorted_ = false;
    bool weighed_ = false;  // probabilities_ belongs to items_
    std::vector<float> logits_, weights_;
    std::vector<double> probabilities_;
};

// x^y for x in (0, 1] and y > 0, with the same bits everywhere; 0 where it is below e^-87.
double power(double x, double y, const kernels::KernelTable& kernels) noexcept;

}  // namespace quire::generate
