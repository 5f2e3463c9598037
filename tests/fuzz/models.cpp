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

}  // namespace

void use_checkpoint(const models::Source& source) {
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
