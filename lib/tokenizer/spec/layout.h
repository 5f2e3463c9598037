// Names, constants and flags of the tables of a tokenizer. Each table is one section of a .quire
// file, and a running tokenizer reads it in place, without unpacking it. formats/quire/FORMAT.md
// ("tokenizer...") describes every byte and every older version of these tables.
//
//   tokenizer          settings as JSON (tokenizer_config.h)
//   tokenizer.pieces   id -> bytes and kind (vocab/piece_tables.h)
//   tokenizer.index    bytes -> id, a hash table (vocab/piece_tables.h)
//   tokenizer.merges   pair of ids -> rank and merged id, a hash table (vocab/merge_table.h)
//   tokenizer.bytes    byte -> id
//   tokenizer.split    the split patterns as automata (pattern/split_table.h)
//   tokenizer.added    the tokens to search for in the text (vocab/added_tokens.h)
//   and those that only some kinds have (vocab/extra_tables.h)
//
// The same TokenizerSpec always gives the same bytes. Values are little-endian, and no table needs
// an alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace quire::tokenizer {

struct TokenizerTable {
    std::string name;
    std::vector<std::byte> bytes;
};

inline constexpr std::uint32_t kNoId = 0xFFFFFFFF;
inline constexpr std::uint32_t kWholePiece = 0x80000000;  // of an id in the index
inline constexpr std::uint32_t kMaxAddedBytes = 1024;
inline constexpr std::uint32_t kMaxProbes = 256;
inline constexpr std::uint32_t kMaxSlotBits = 30;

enum AddedFlag : std::uint32_t {
    kAddedSpecial = 1,
    kAddedNormalized = 2,
    kAddedStripLeft = 4,
    kAddedStripRight = 8,
    kAddedSingleWord = 16,
    kAddedKeeps = 32,
    kAddedNotSearched = 64,
};

}  // namespace quire::tokenizer
