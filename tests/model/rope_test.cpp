#include "lib/model/rope.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

TEST_CASE("rope: angles are the C library's cosine and sine in double, rounded") {
    std::vector<float> freqs;
    for (int i = 0; i < 32; ++i)
        freqs.push_back(std::pow(10000.0F, -static_cast<float>(i) / 32.0F));
    std::vector<float> cos(32);
    std::vector<float> sin(32);
    std::size_t differ = 0;
    for (std::size_t pos = 0; pos < 300000; pos += 97) {
        quire::model::rope_angles({cos.data(), sin.data()}, freqs, pos, 1.0F);
        for (std::size_t i = 0; i < 32; ++i) {
            const double angle = double{static_cast<float>(pos) * freqs[i]};
            CHECK(std::abs(cos[i] - std::cos(angle)) < 6.1e-8);
            CHECK(std::abs(sin[i] - std::sin(angle)) < 6.1e-8);
            differ += cos[i] != static_cast<float>(std::cos(angle));
        }
    }
    CHECK(differ < 3);  // a value half way between two floats may round either way
}
