// Turns counts into probabilities: modified Kneser-Ney smoothing, interpolated.
// source: Chen and Goodman 1998, "An Empirical Study of Smoothing Techniques for Language Modeling",
// and for the ends of texts and the unseen tokens Heafield et al. 2013, "Scalable Modified Kneser-Ney
// Language Model Estimation" (KenLM).
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "tools/pack/ngram/counts.h"

namespace quire::pack {

// What is taken from counts of 1, 2, and 3 or more.
struct Discounts {
    std::array<double, 3> of = {};
    // The text has too few runs of some count to compute them: 0.5, 1 and 1.5 were taken.
    bool fallback = false;
};

struct KneserNey {
    std::vector<std::byte> tables;     // the section `ngram` (formats/quire/FORMAT.md)
    std::vector<std::size_t> n_runs;   // by level: entries; on the first the tokens that were seen
    std::vector<Discounts> discounts;  // by level
};

// The model of `order` of these documents, of which there is at least one.
KneserNey estimate(const Documents& documents, std::size_t order, int n_threads);

}  // namespace quire::pack
