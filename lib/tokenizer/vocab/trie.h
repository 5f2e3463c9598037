// The table "tokenizer.trie": pieces by their bytes, one byte after the other, in a double array. A
// walk costs one step a byte; what a step meets is checked, so a damaged table gives wrong answers,
// never a read outside of it.
//
// Layout (little-endian): u32 n_units (1..2^24 - 256), u32 0, {u32 link, u32 value} unit[n_units].
// link = base << 8 | label. Unit 0 is the root. The child of a unit by byte c is unit base ^ c, if
// there is one, its label is c and it is not the root. No two units have one base; a unit without
// children has base 2^24 - 1. No base is a multiple of 256, so that a unit that is free, whose
// label is its index mod 256, is nobody's child. value: the id of the piece that ends there, or
// 0xFFFFFFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"

namespace quire::tokenizer {

struct TrieUnit {
    std::uint32_t link = 0;
    std::uint32_t value = 0xFFFFFFFF;
};
static_assert(sizeof(TrieUnit) == 8);

class Trie {
  public:
    static constexpr std::uint32_t kNoNode = 0xFFFFFFFF;
    static constexpr std::uint32_t kRoot = 0;

    Trie() = default;
    // Error{model} naming `where` for a table of the wrong size. The bytes must outlive the object.
    Trie(base::Bytes bytes, const std::string& where);

    bool empty() const noexcept { return units_.size() == 0; }

    // The child of `node` by `byte`, or kNoNode.
    std::uint32_t child(std::uint32_t node, unsigned char byte) const noexcept {
        const std::uint32_t next = (units_[node].link >> 8) ^ byte;
        if (next >= units_.size() || next == kRoot) return kNoNode;
        return (units_[next].link & 0xFF) == byte ? next : kNoNode;
    }
    // The id of the piece that ends at `node`, of any value in a damaged table; 0xFFFFFFFF: none.
    std::uint32_t value(std::uint32_t node) const noexcept { return units_[node].value; }

  private:
    base::ArrayView<TrieUnit> units_;
};

// Error{model} for too many units. Of equal keys the last counts. Empty keys are left out.
std::vector<std::byte> build_trie(std::vector<std::pair<std::string_view, std::uint32_t>> keys);

}  // namespace quire::tokenizer
