// Arrays: which items may come next, after those that are there.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "lib/generate/constraints/json/goals.h"

namespace quire::constraints {

// What item i must follow, whether or not it counts for a `contains`.
Literals item_literals(Document& document, const ArrayPart& part, std::size_t i);

class ArrayShape {
  public:
    using State = std::uint32_t;  // how many items are there, and how many count
    static constexpr State kEmpty = 0;

    // Names the goals of its items.
    ArrayShape(const ArrayPart& part, Goals& goals);

    // Bytes of the shortest array, as far as its items' are known; kNever.
    std::uint64_t shortest(const Goals& goals) const;
    void finish(const Goals& goals);
    bool possible() const noexcept { return possible_; }

    // A way to go on: an item of this goal, and the state after it.
    struct Next {
        GoalId goal;
        State after;
    };
    std::vector<Next> next(State state);
    bool may_close(State state) const { return may_close(states_[state]); }
    // Bytes to the array's end from a place after an item.
    std::uint64_t rest(State state) const;

  private:
    // For some items: one of these goals each; which `contains` it counts for.
    struct Option {
        GoalId goal;
        std::uint32_t counts;
    };
    struct Count {
        std::uint64_t n = 0;
        std::vector<std::uint64_t> counts;

        auto operator<=>(const Count&) const = default;
    };
    const std::vector<Option>& options(std::uint64_t i) const {
        return places_[std::min<std::uint64_t>(i, places_.size() - 1)];
    }
    bool may_close(const Count& count) const;
    bool step(const Count& from, const Option& option, Count& to) const;
    std::uint64_t cost(const Goals& goals, const Count& from) const;
    State intern(const Count& count);
    void find_longest(const Goals& goals);

    std::vector<std::vector<Option>> places_;  // of the first items; the last is that of all others
    std::vector<Contains> contains_;
    std::uint64_t min_;
    std::uint64_t max_;
    std::uint64_t longest_ = kNoBound;
    bool possible_ = false;
    const Goals* goals_ = nullptr;
    std::vector<Count> states_;
    std::map<Count, State> ids_;
};

}  // namespace quire::constraints
