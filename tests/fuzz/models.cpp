#include "tests/fuzz/models.h"

#include <vector>

#include "formats/quire/spec_json.h"
#include "lib/spec/tensors.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

// Longer rows take time and reach no further code.
constexpr std::uint64_t kLongestRow = 4096;
constexpr std::size_t kMaxTensors = 64;

// Tensors that are made of several, also those that no plan needs.
void read_composed(const models::Source& source) {
    std::vector<float> row;
    std::vector<tensor::Block> blocks;
    for (const auto& [name, tensor] : source.tensors) {
        if (tensor->composed == nullptr || tensor->columns() > kLongestRow) continue;
        if (tensor->rows() == 0) continue;
        row.resize(tensor->columns());
        const std::uint64_t last = tensor->rows() - 1;
        formats::read_row(row, *tensor, 0);
        formats::read_row(row, *tensor, last);
        if (!tensor::info(formats::kept_dtype(*tensor)).is_block) continue;
        expect(row.size() % tensor::kBlock == 0, "blocks of a row without whole blocks");
        blocks.resize(row.size() / tensor::kBlock);
        formats::read_blocks(blocks, *tensor, last);
    }
}

}  // namespace

void use_checkpoint(const models::Source& source) {
    read_composed(source);
    const models::Plan plan = models::make_plan(source);
    const auto expected = spec::expected_tensors(plan.spec);
    expect(plan.tensors.size() == expected.size(), "a plan lacks tensors that its spec expects");
    formats::spec_to_json(plan.spec);
    std::vector<float> row;
    for (std::size_t i = 0; i < expected.size() && i < kMaxTensors; ++i) {
        const models::PlannedTensor& tensor = plan.tensors[i];
        expect(tensor.name == expected[i].name,
               "a plan's tensors in another order than its spec's");
        if (!expected[i].is_matrix) {
            expect(tensor.values.size() == expected[i].columns, "a vector of another length");
            continue;
        }
        if (expected[i].columns > kLongestRow || expected[i].rows == 0) continue;
        row.resize(expected[i].columns);
        models::read_row(row, tensor, 0);
        models::read_row(row, tensor, expected[i].rows - 1);
    }
}

}  // namespace quire::fuzz
