#include "formats/quantized/code_grid.h"

#include <doctest/doctest.h>

#include <random>

namespace quire::formats {

namespace {

// Words at random, as many as the packing needs for 24 outputs of 40 inputs.
struct Words {
    Words(Packing packing, std::uint64_t bits, unsigned seed) {
        const auto words = [&](std::uint64_t n) { return (n * bits + 31) / 32; };
        switch (packing) {
            case Packing::inputs:
                tensor.shape = {24, words(40)};
                break;
            case Packing::inputs_transposed:
                tensor.shape = {words(40), 24};
                break;
            case Packing::outputs:
                tensor.shape = {words(24), 40};
                break;
            case Packing::outputs_transposed:
            case Packing::awq:
                tensor.shape = {40, words(24)};
                break;
            case Packing::signed_bytes:
                tensor.shape = {24, 40};
                break;
        }
        const bool bytes = packing == Packing::signed_bytes;
        tensor.dtype = bytes ? "I8" : "I32";
        data.resize(tensor.shape[0] * tensor.shape[1] * (bytes ? 1 : 4));
        std::minstd_rand random(seed);
        for (std::byte& byte : data) byte = static_cast<std::byte>(random() >> 8);
        tensor.data = data;
    }
    std::vector<std::byte> data;
    CodedTensor tensor;
};

}  // namespace

TEST_CASE("code grid: a row has the codes that are there one by one") {
    for (const Packing packing :
         {Packing::inputs, Packing::inputs_transposed, Packing::outputs,
          Packing::outputs_transposed, Packing::awq, Packing::signed_bytes}) {
        for (unsigned bits = 1; bits <= 8; ++bits) {
            if (packing == Packing::awq && bits != 4) continue;
            for (const unsigned add : {0U, 1U}) {
                CAPTURE(static_cast<int>(packing));
                CAPTURE(bits);
                const Words words(packing, bits, bits + 10 * add);
                const CodeGrid grid(words.tensor, packing, bits, {24, 40}, add);
                std::vector<std::uint8_t> row(40);
                std::size_t n_wrong = 0;
                for (std::uint64_t output = 0; output < 24; ++output) {
                    grid.read_row(row, output);
                    for (std::uint64_t i = 0; i < row.size(); ++i) {
                        n_wrong += row[i] != grid.at(output, i) ? 1U : 0U;
                    }
                }
                CHECK(n_wrong == 0);
            }
        }
    }
}

}  // namespace quire::formats
