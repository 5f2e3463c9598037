// The table "tokenizer.trie", read in place: a trie of pieces, stored as a double array. Walking it
// takes one step per byte. Each step checks what it reads, so a damaged table can give wrong
// answers but cannot cause a read outside of it.
//
// formats/quire/FORMAT.md describes the bytes. A unit's link is base << 8 | label, and its child by
// byte c is unit base ^ c, if that unit has label c and is not the root. No base is a multiple of
// 256, so a free unit, whose label is its index mod 256, is never taken for a child.
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
    // Error{model} naming `where` if the size of the table is wrong. The bytes must outlive the
    // object.
    Trie(base::Bytes bytes, const std::string& where);

    bool empty() const noexcept { return units_.size() == 0; }

    // The child of `node` by `byte`, or kNoNode.
    std::uint32_t child(std::uint32_t node, unsigned char byte) const noexcept {
        const std::uint32_t next = (units_[node].link >> 8) ^ byte;
        if (next >= units_.size() || next == kRoot) return kNoNode;
        return (units_[next].link & 0xFF) == byte ? next : kNoNode;
    }
    // The id of the piece that ends at `node`, or 0xFFFFFFFF. In a damaged table, it may have any
    // value.
    std::uint32_t value(std::uint32_t node) const noexcept { return units_[node].value; }

  private:
    base::ArrayView<TrieUnit> units_;
};

// Error{model} if there would be too many units. Of equal keys the last counts. Empty keys are
// ignored.
std::vector<std::byte> build_trie(std::vector<std::pair<std::string_view, std::uint32_t>> keys);

}  // namespace quire::tokenizer
