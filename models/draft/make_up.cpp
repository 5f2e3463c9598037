#include "models/draft/make_up.h"

#include "lib/spec/tensors.h"

namespace quire::models {

namespace {

std::vector<float> values_of(const spec::ExpectedTensor& tensor, const Draft& draft) {
    if (tensor.id != spec::TensorId::rope_freqs) {
        // A memory keeps some of what it has.
        const float value = spec::biased(tensor.id)                   ? 0.0F
                            : tensor.id == spec::TensorId::decay_rate ? -0.05F
                                                                      : 1.0F;
        return std::vector<float>(tensor.columns, value);
    }
    std::vector<float> freqs;
    for (const RopeTable& rope : draft.ropes) {
        freqs.insert(freqs.end(), rope.freqs.begin(), rope.freqs.end());
    }
    return freqs;
}

}  // namespace

Plan make_up(const Draft& draft) {
    Plan plan;
    plan.spec = draft.spec;
    plan.answers = draft.answers;
    for (const spec::ExpectedTensor& expected : spec::expected_tensors(plan.spec)) {
        PlannedTensor& planned = plan.tensors.emplace_back();
        planned.name = expected.name;
        planned.rows_of_each = expected.is_matrix ? expected.rows : 0;
        if (!expected.is_matrix) planned.values = values_of(expected, draft);
    }
    return plan;
}

}  // namespace quire::models
