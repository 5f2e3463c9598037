// The items of a constraint with all that can follow them, worked out once for each, and the stacks
// of frames.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "lib/generate/constraints/machine/item.h"

namespace quire::constraints {

// A stack of frames: its top and the stack below. Equal stacks have equal numbers.
using Stack = std::uint32_t;

inline constexpr Stack kNoStack = UINT32_MAX;
// Below the frame that a mask is made for: what is under it is not known.
inline constexpr Stack kUnknown = UINT32_MAX - 1;

// Where a text is: all stacks that its bytes may have led to, in ascending order.
using Stacks = std::vector<Stack>;

class Machine {
  public:
    // Stacks beyond this number are left out: an ambiguous grammar may have too many of them.
    static constexpr std::size_t kMostStacks = 1024;

    static constexpr std::size_t kMostSources = 250;

    Machine() = default;
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    // Takes the next number. At most kMostSources.
    template <typename T>
    T& add(std::unique_ptr<T> source) {
        T& out = *source;
        out.number = static_cast<unsigned>(sources_.size());
        sources_.push_back(std::move(source));
        expanded_.emplace_back();
        return out;
    }

    Stack push(Item item, Stack below);
    Item top(Stack stack) const noexcept { return nodes_[stack].item; }
    Stack below(Stack stack) const noexcept { return nodes_[stack].below; }
    // Bytes of the shortest ending. Only for stacks that end in kNoStack.
    std::uint64_t rest(Stack stack) const noexcept { return nodes_[stack].rest; }

    // Appends the stacks that `byte` leads to, perhaps some of them twice. A frame that is above
    // kUnknown and ends is left out.
    void step(Stack stack, std::uint8_t byte, Stacks& out);
    // Whether the top frame may end.
    bool ends(Stack stack) { return expand(top(stack)).ends; }
    // Whether all frames may end.
    bool complete(Stack stack);

    Item like(Item item, std::vector<std::string>& except) {
        return sources_[source_of(item)]->like(local_of(item), except);
    }

    std::size_t n_stacks() const noexcept { return nodes_.size(); }

  private:
    // For a byte: the frames that take the place of the top one, the lowest first.
    using Outcome = std::vector<Item>;
    struct Expanded {
        bool ends = false;
        std::array<std::uint16_t, 256> place{};    // of the byte's outcomes; 0: none
        std::vector<std::vector<Outcome>> places;  // [0] is empty
    };
    struct Node {
        Item item;
        Stack below;
        std::uint64_t rest;
    };

    // A step that leads to one stack or none, as most do: the last ones are remembered.
    struct Known {
        std::uint64_t step = UINT64_MAX;  // stack * 256 + byte
        Stack to = kNoStack;              // kNoStack: none
    };
    static constexpr std::size_t kKnown = std::size_t{1} << 14;

    const Expanded& expand(Item item);
    Expanded expanded_from(const Moves& moves);
    bool only_ends(Item item);

    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<std::vector<std::unique_ptr<Expanded>>> expanded_;  // by source and local number
    std::vector<Node> nodes_;
    std::vector<Known> known_ = std::vector<Known>(kKnown);
    std::unordered_map<std::uint64_t, Stack> numbers_;  // by item and stack below
    std::size_t depth_ = 0;                             // of expand()
};

// Sorts, and leaves out what is there twice and what is too many.
void normalize(Stacks& stacks);

}  // namespace quire::constraints
