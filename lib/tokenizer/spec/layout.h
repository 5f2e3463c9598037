// The tables of a tokenizer: each becomes a section of a model file and is used there as it lies.
// The same source gives the same bytes. All values are little-endian; sections begin on page
// boundaries, and no table needs an alignment.
//
// "tokenizer": JSON, UTF-8: tokenizer_config.h; its keys are those of TokenizerConfig, beside
// "version": 4. In the first version the keys after eos_ids did not exist; in the first two the
// merges lay otherwise; in the first three the model found pieces of kind user defined too.
//
// "tokenizer.pieces": id -> bytes
//   u32 n_pieces, u32 n_text_bytes
//   u32 offset[n_pieces + 1]   into text; not decreasing
//   u8  kind[n_pieces]         0 normal, 1 control, 2 user defined, 3 byte, 4 unused
//   u8  text[n_text_bytes]
//
// "tokenizer.index": bytes -> id; every piece but those of kind unused and the empty ones
//   u32 log2_slots (1..30), u32 max_probes (1..256)
//   {u32 tag, u32 id} slot[1 << log2_slots]     id 0xFFFFFFFF: empty; bit 31: the bytes, as a
//                                               word, become this piece
// A piece hashed h = XXH3-64(bytes) lies in one of the max_probes slots from h mod 2^log2_slots on,
// wrapping around, with tag = h >> 32. Pieces are entered in the order of kind, then id; a search
// may stop at an empty slot.
//
// "tokenizer.merges": (left id, right id) -> rank, merged id
//   u32 log2_slots (1..30), u32 max_probes (1..256), u32 n_merges (below 2^log2_slots)
//   u32 slot[1 << log2_slots]     0: empty; else tag | number + 1 of a merge
//   {u32 left, u32 right, u32 rank, u32 merged} merge[n_merges]    in the order of rank
// A pair hashed h = (x ^ x >> 29) * 0x9E3779B97F4A7C15 mod 2^64, where x = left << 32 | right, lies
// in one of the max_probes slots from h >> 64 - log2_slots on, wrapping around. The number takes as
// many low bits as n_merges has; the tag is the rest of the low 32 bits of h. A search may stop at
// an empty slot.
//   In versions 1 and 2: u32 log2_slots, u32 max_probes, {u32 left, u32 right, u32 rank, u32
//   merged} slot[1 << log2_slots], left 0xFFFFFFFF: empty.
//
// "tokenizer.bytes": u32 id_of_byte[256]: the symbol of each byte; 0xFFFFFFFF: none
//
// "tokenizer.split": split_table.h
//
// "tokenizer.added": the tokens looked for in the text, sorted by (normalized, bytes)
//   u32 n_added, u32 n_text_bytes
//   {u32 id, u32 flags, u32 offset, u32 length} token[n_added]    length 1..1024, within text
//   u8  text[n_text_bytes]
// flags: 1 special, 2 normalized, 4 takes white space before it, 8 takes white space after it, 16 a
// word by itself, 32 left as it is by the text steps `symbols`, 64 only that, not looked for. The text
// of a normalized token is its normalized content.
//
// And, for some kinds only, the tables of extra_tables.h.
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
inline constexpr std::uint32_t kWholePiece = 0x80000000;  // a bit of an id in the index
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
