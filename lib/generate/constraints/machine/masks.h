// Which tokens may come next. What a token does inside the frame on top does not depend on the frames
// below, so it is worked out once for each item; only tokens that leave the frame are followed through
// the stack each time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "lib/generate/constraints/machine/machine.h"
#include "lib/generate/constraints/machine/vocabulary.h"
#include "lib/generate/constraints/text/text_source.h"

namespace quire::constraints {

// A bit for each token, from the lowest of the first word on.
using Bits = std::vector<std::uint64_t>;

inline bool has_bit(const Bits& bits, std::uint32_t i) noexcept {
    return (bits[i / 64] >> (i % 64) & 1) != 0;
}
inline void set_bit(Bits& bits, std::uint32_t i) noexcept {
    bits[i / 64] |= std::uint64_t{1} << (i % 64);
}

// Of an item, whatever is below it.
struct ItemMask {
    Bits inside;  // tokens that stay in the frame and those that it calls
    // Tokens that go on after the frame's end, which comes before the byte `from`; by what follows it.
    struct Leaving {
        std::uint32_t token;
        std::uint32_t from;
    };
    std::vector<Leaving> leaving;       // in the order of the vocabulary's tree
    std::vector<std::uint32_t> places;  // of these tokens in Trie::tokens(); of any string only
    std::vector<bool> idle;  // nodes of that tree that lead back to the item; of any string only
    std::vector<std::uint32_t> begins;  // `from` by token; of any string only
    std::string bytes;                  // of `after`
    Trie after;

    // Fills `after`.
    void sort_leaving(const Vocabulary& vocabulary);
};

class Masks {
  public:
    // The arguments must outlive the object. `texts` is the first source of the machine.
    Masks(Machine& machine, TextSource& texts, const Vocabulary& vocabulary)
        : machine_(machine), texts_(texts), vocabulary_(vocabulary) {}

    // The tokens that lead to at least one stack. Valid until the next call.
    const Bits& allowed(const Stacks& stacks);

  private:
    static constexpr std::size_t kKept = 256;  // masks of whole stacks

    const ItemMask& of_item(Item item);
    std::shared_ptr<const ItemMask> make(Item item);
    template <typename Keeps>
    std::shared_ptr<const ItemMask> filtered(const ItemMask& like, const Keeps& keeps);
    std::shared_ptr<const ItemMask> limited(const ItemMask& any, TextSource::Limits limits);
    std::shared_ptr<const ItemMask> without(const ItemMask& like,
                                            const std::vector<std::string>& except);
    // Follows the texts of a tree from some stacks, and notes what comes of its tokens in a mask.
    // begins: where the texts begin in those of the tokens; empty: at the front.
    struct Walk {
        const Trie& trie;
        const Stacks& from;
        const std::vector<std::uint32_t>& begins;
        const ItemMask* any;  // of any string, whose part of the tree need not be followed again
        const Bits* only = nullptr;  // other tokens are left out
    };
    void walk(const Walk& walk, ItemMask& out);
    void walk_left(Stack stack, const Bits& left, const ItemMask& any, ItemMask& out);
    void note_any(ItemMask& any);
    void follow(const Trie& trie, const Stacks& from, Bits& out);
    void add_stack(Stack stack, Bits& out);

    Machine& machine_;
    TextSource& texts_;
    const Vocabulary& vocabulary_;
    std::unordered_map<Item, std::shared_ptr<const ItemMask>> items_;
    std::map<Stacks, Bits> kept_;
};

// The same, token by token: the slow twin.
Bits allowed_slowly(Machine& machine, const Vocabulary& vocabulary, const Stacks& stacks);

}  // namespace quire::constraints
