// How far several models have moved from one reference, beside their sizes: what quantizing costs.
#pragma once

#include <string>
#include <vector>

#include "tools/eval/compare.h"

namespace quire::eval {

struct SizedComparison {
    std::string model;           // as it is shown
    double bits_per_weight = 0;  // of all tensors of the file
    Comparison comparison;
    std::string json;  // to_json() of the comparison
};

double bits_per_weight(const formats::QuireFile& file);

// As a table, as a JSON object, and as a picture. In the order given; at least one.
std::string report(const std::vector<SizedComparison>& models);
std::string to_json(const std::vector<SizedComparison>& models);
std::string to_svg(const std::vector<SizedComparison>& models);

}  // namespace quire::eval
