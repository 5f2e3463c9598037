#include "lib/tokenizer/pattern/split_context.h"

#include "lib/tokenizer/pattern/split_table.h"

namespace quire::tokenizer {

SplitContext::SplitContext(base::ByteReader& reader, std::uint32_t n_classes,
                           std::uint32_t n_states)
    : n_classes_(n_classes) {
    static_assert(kMaxSplitConditions == std::tuple_size_v<decltype(conditions_)>);
    start_of_ = {reader, std::uint64_t{n_classes} + 1, "states of a start"};
    for (std::size_t i = 0; i < start_of_.size(); ++i) {
        if (start_of_[i] == 0 || start_of_[i] >= n_states) reader.fail("start out of range");
    }
    n_conditions_ = reader.read<std::uint32_t>("number of conditions");
    if (n_conditions_ > kMaxSplitConditions) reader.fail("expected at most 4 conditions");
    for (std::size_t i = 0; i < n_conditions_; ++i) {
        const auto n = reader.read<std::uint32_t>("number of states of a condition");
        if (n < 2 || n > kMaxSplitStates) reader.fail("states of a condition: out of range");
        Condition& condition = conditions_[i];
        condition.next = {reader, std::uint64_t{n} * n_classes, "transitions of a condition"};
        for (std::size_t k = 0; k < condition.next.size(); ++k) {
            if (condition.next[k] >= n) reader.fail("transition of a condition out of range");
        }
        condition.holds = {reader, std::uint64_t{n} * (n_classes + 1), "places of a condition"};
        for (std::size_t k = 0; k < condition.holds.size(); ++k) {
            if (condition.holds[k] > 1) reader.fail("condition: expected 0 or 1");
        }
    }
}

std::uint8_t SplitContext::BackwardRun::held(std::size_t class_before) const noexcept {
    std::uint32_t held = 0;
    for (std::size_t i = 0; i < context_.n_conditions_; ++i) {
        const std::size_t at = states_[i] * std::size_t{context_.n_classes_ + 1} + class_before;
        held |= static_cast<std::uint32_t>(context_.conditions_[i].holds[at]) << i;
    }
    return static_cast<std::uint8_t>(held);
}

void SplitContext::BackwardRun::read(std::size_t next_class) noexcept {
    for (std::size_t i = 0; i < context_.n_conditions_; ++i) {
        states_[i] = context_.conditions_[i]
                         .next[states_[i] * std::size_t{context_.n_classes_} + next_class];
    }
}

}  // namespace quire::tokenizer
