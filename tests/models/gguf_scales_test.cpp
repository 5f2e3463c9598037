// The scales that NVFP4 matrices have in tensors of their own.

#include <doctest/doctest.h>

#include <cstring>
#include <limits>

#include "formats/gguf/gguf.h"
#include "tests/models/support.h"

using namespace quire;
using namespace quire::tests;
using formats::SourceTensor;

namespace {

const std::string kGolden = QUIRE_SOURCE_DIR "/tests/golden/gguf/types/fp4.gguf";

// The error for the golden after `damage` of its bytes.
template <typename Damage>
std::string refusal(const Damage& damage) {
    const TempDir dir;
    std::string bytes = read_file(kGolden);
    damage(bytes);
    const std::string path = dir.write("damaged.gguf", bytes);
    return error_of([&] { plan(path); });
}

// Where the entry of a tensor goes on after its name.
std::size_t entry_of(const std::string& bytes, const std::string& name) {
    const std::size_t at = bytes.find(name);
    REQUIRE(at != std::string::npos);
    return at + name.size();
}

template <typename T>
void put_at(std::string& bytes, std::size_t at, T value) {
    std::memcpy(&bytes[at], &value, sizeof(value));
}

}  // namespace

TEST_CASE("gguf scales: a matrix or each expert has one, and rows are multiplied with it") {
    const formats::gguf::File file(kGolden);
    const models::Source source = models::open_source(kGolden);
    CHECK(source.tensors.at("token_embd.weight")->row_scales.empty());
    CHECK(source.tensors.at("blk.0.attn_k.weight")->row_scales.size() == 1);
    for (const auto& [name, tensor] : source.tensors) CHECK(name.ends_with(".weight"));
    const SourceTensor& scaled = *source.tensors.at("blk.0.ffn_up_exps.weight");
    const SourceTensor& plain = *file.tensor("blk.0.ffn_up_exps.weight");
    std::vector<float> scales(2);
    formats::read_row(scales, *file.tensor("blk.0.ffn_up_exps.scale"), 0);
    for (std::uint64_t row = 0; row < plain.rows(); row += 17) {
        std::vector<float> found(plain.columns());
        std::vector<float> expected(plain.columns());
        formats::read_row(found, scaled, row);
        formats::read_row(expected, plain, row);
        for (float& x : expected) x *= scales[row / (plain.rows() / 2)];
        CHECK(found == expected);
    }
}

TEST_CASE("gguf scales: other numbers of them, other types and infinite ones are refused") {
    const std::string experts = "blk.0.ffn_up_exps.scale";
    constexpr std::size_t kType = 4 + 8;  // after the number of dimensions, and one dimension
    const auto says = [](const std::string& error, const std::string& text) {
        INFO(error);
        CHECK(error.find(text) != std::string::npos);
    };
    says(refusal([&](std::string& b) { put_at<std::uint64_t>(b, entry_of(b, experts) + 4, 3); }),
         "tensor " + experts + " expected 1 or 2 F32 values");
    says(
        refusal([&](std::string& b) { put_at<std::uint32_t>(b, entry_of(b, experts) + kType, 1); }),
        "tensor " + experts + " expected 1 or 2 F32 values");
    says(refusal([&](std::string& b) {
             const formats::gguf::File file(kGolden);
             const auto at = file.tensor(experts)->data.data() - file.file().bytes().data();
             put_at(b, static_cast<std::size_t>(at), std::numeric_limits<float>::infinity());
         }),
         "tensor " + experts + " holds a value that is not a finite number");
    // Of a matrix that does not exist, or has another type.
    says(refusal([&](std::string& b) { b[entry_of(b, "blk.0.ffn_up_exps.scal") - 6] = 'X'; }),
         "which this family does not use");
}
