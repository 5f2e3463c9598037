// Models whose matrices have the small block types of GGUF in turn: every weight of the packed file
// equals that of ggml bit for bit, at the size of the source, and the logits are close to those that
// llama.cpp computes of the same values in f32. Made by scripts/goldens/make_gguf_type_goldens.py.

#include "lib/tensor/panel.h"
#include "tests/model/family_goldens.h"

using namespace quire;
using namespace quire::test;

namespace {

std::string hash_of_values(const tensor::TensorView& matrix) {
    base::Hasher hasher;
    std::vector<float> row(matrix.columns);
    for (std::uint64_t r = 0; r < matrix.rows; ++r) {
        tensor::decode_row(row, matrix.data, matrix.dtype, r);
        hasher.update(std::as_bytes(std::span(row)));
    }
    return base::hex(hasher.digest());
}

// expected: the type's name and the hash of all values.
void check_matrix(const tensor::TensorView& found, const nlohmann::json& expected) {
    const tensor::DTypeInfo& type = tensor::info(found.dtype);
    CHECK(type.name == expected.at(0).get<std::string>());
    CHECK(hash_of_values(found) == expected.at(1).get<std::string>());
    const double row_bits = has_row_scales(type) ? 32.0 : 0.0;
    CHECK(8.0 * static_cast<double>(found.data.size()) ==
          static_cast<double>(found.rows) *
              (static_cast<double>(found.columns) * type.bits_per_weight + row_bits));
}

}  // namespace

TEST_CASE("types: models of GGUF's small types keep every weight, their size, and their logits") {
    const TempDir dir;
    const auto goldens = nlohmann::json::parse(read_file(golden("gguf/types/goldens.json")));
    REQUIRE(!goldens.empty());
    for (const auto& item : goldens.items()) {
        CAPTURE(item.key());
        const std::string at = golden("gguf/types/" + item.key());
        const pack::Options options{at + ".gguf", dir.file(item.key() + ".quire"),
                                    pack::TargetType::keep, "test", 1};
        const pack::Result result = pack::convert(options);
        CHECK(result.notes.size() == item.value().at("larger").get<std::size_t>());
        const auto file = formats::QuireFile::open(options.output);
        const nlohmann::json& matrices = item.value().at("matrices");
        REQUIRE(matrices.size() == 9);
        for (const auto& matrix : matrices.items()) {
            CAPTURE(matrix.key());
            check_matrix(file.tensors().at(matrix.key()), matrix.value());
        }
        const Reference reference = read_reference(at + ".safetensors");
        const double found =
            difference(reference, compute(file, reference, {.kv_type = kernels::KvType::f32}));
        MESSAGE(item.key() << ": " << found);
        CHECK(found < 0.1);
    }
}
