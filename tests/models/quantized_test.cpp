// Quantized checkpoints of Hugging Face folders. What each tensor must be is in tests/golden/quantized,
// made by the libraries that write and read these formats (scripts/goldens/quantized).
#include <doctest/doctest.h>

#include <bit>
#include <filesystem>
#include <map>
#include <sstream>

#include "formats/safetensors/safetensors.h"
#include "lib/tensor/block.h"
#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
namespace fs = std::filesystem;

namespace {

using formats::SourceTensor;

std::string quantized(const std::string& name) {
    return std::string(QUIRE_SOURCE_DIR) + "/tests/golden/quantized/" + name;
}

std::vector<std::string> golden_names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(quantized(""))) {
        if (entry.is_directory()) names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

// The number of values of a row that differ in their bits by more than `most` steps of an f32. Zeros are
// equal: 4-bit floats have a negative one, which Quire's tables do not.
std::size_t n_different(std::span<const float> a, std::span<const float> b,
                        std::uint32_t most = 0) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == 0.0F && b[i] == 0.0F) continue;
        const auto x = std::bit_cast<std::uint32_t>(a[i]);
        const auto y = std::bit_cast<std::uint32_t>(b[i]);
        n += std::max(x, y) - std::min(x, y) > most ? 1U : 0U;
    }
    return n;
}

// A row from the blocks that pack copies.
std::vector<float> row_of_blocks(const SourceTensor& tensor, std::uint64_t row) {
    std::vector<tensor::Block> blocks(tensor.columns() / tensor::kBlock);
    formats::read_blocks(blocks, tensor, row);
    std::vector<float> out(tensor.columns());
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        tensor::decode_block(std::span(out).subspan(b * tensor::kBlock).first<tensor::kBlock>(),
                             blocks[b], tensor::info(formats::kept_dtype(tensor)));
    }
    return out;
}

void check_tensor(const SourceTensor& tensor, const SourceTensor& expected, std::uint32_t most) {
    REQUIRE(tensor.columns() == expected.columns());
    REQUIRE(tensor.rows() == expected.rows());
    const bool has_blocks = tensor::info(formats::kept_dtype(tensor)).is_block;
    std::vector<float> found(tensor.columns());
    std::vector<float> wanted(tensor.columns());
    std::size_t n_wrong = 0;
    for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        formats::read_row(wanted, expected, row);
        formats::read_row(found, tensor, row);
        n_wrong += n_different(found, wanted, most);
        if (has_blocks) n_wrong += n_different(row_of_blocks(tensor, row), found);
    }
    CHECK(n_wrong == 0);
}

}  // namespace

TEST_CASE("quantized: every value is that of the reference library") {
    for (const std::string& name : golden_names()) {
        CAPTURE(name);
        const models::Source source = models::open_source(quantized(name));
        const formats::SafetensorsFile expected(quantized(name + "/expected.safetensors"));
        const std::map<std::string, std::string> kept(expected.metadata().begin(),
                                                      expected.metadata().end());
        CHECK(source.unsupported.empty());
        std::size_t n_composed = 0;
        for (const auto& [key, tensor] : source.tensors) {
            n_composed += tensor->composed != nullptr ? 1U : 0U;
        }
        CHECK(n_composed == expected.tensors().size());
        for (const SourceTensor& wanted : expected.tensors()) {
            CAPTURE(wanted.name);
            REQUIRE(source.tensors.contains(wanted.name));
            const SourceTensor& tensor = *source.tensors.at(wanted.name);
            std::string as(tensor::info(formats::kept_dtype(tensor)).name);
            as += ' ';
            as += formats::type_name(tensor);
            CHECK(as == kept.at(wanted.name));
            // compressed-tensors divides the scale of NVFP4 by a number with 24 bits before it
            // multiplies; here the product is multiplied with its inverse. Both round, at different
            // places.
            check_tensor(tensor, wanted, name == "compressed-nvfp4" ? 2 : 0);
        }
    }
}
