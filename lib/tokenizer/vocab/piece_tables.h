// The tables "tokenizer.pieces" (id to bytes) and "tokenizer.index" (bytes to id), read in place.
// Opening one reads only its header. Lookups check what they read, so a damaged table can give
// wrong answers or an Error{model}, but cannot cause a read outside of it or more than kMaxProbes
// steps.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"
#include "lib/tokenizer/spec/layout.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

class PieceTable {
  public:
    PieceTable(base::Bytes bytes, std::string where);

    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(kinds_.size()); }
    std::string_view bytes(std::uint32_t id) const;   // Error{model} if the id is out of range
    PieceKind kind(std::uint32_t id) const noexcept;  // unused if the id is out of range
    // Prefetches the entry of an id below size().
    void prefetch(std::uint32_t id) const noexcept {
        offsets_.prefetch(id);
        kinds_.prefetch(id);
    }

  private:
    std::string where_;
    base::ArrayView<std::uint32_t> offsets_;  // (size + 1)
    base::ArrayView<std::uint8_t> kinds_;     // (size)
    std::string_view text_;
};

struct IndexSlot {
    std::uint32_t tag = 0;
    std::uint32_t id = kNoId;
};
static_assert(sizeof(IndexSlot) == 8);

class PieceIndex {
  public:
    // `pieces` must outlive the object. finds_user_defined: find_text() also finds user-defined
    // pieces.
    PieceIndex(base::Bytes bytes, const PieceTable& pieces, bool finds_user_defined,
               const std::string& where);

    // If several pieces have these bytes, the order of preference is normal, control, user-defined,
    // byte.
    std::optional<std::uint32_t> find(std::string_view bytes) const;
    // Finds only pieces that the model makes of text, which are the normal ones.
    std::optional<std::uint32_t> find_text(std::string_view bytes) const;

    // Finds the piece that a word of these bytes is known to become regardless of the merges.
    std::optional<std::uint32_t> find_whole(std::string_view bytes) const;

    // The same given hash_of(bytes), so that callers can prefetch: first the index, then the piece
    // that the index names.
    static std::uint64_t hash_of(std::string_view bytes) noexcept;
    void prefetch(std::uint64_t hash) const noexcept {
        slots_.prefetch(hash & (slots_.size() - 1));
    }
    void prefetch_piece(std::uint64_t hash) const noexcept;
    std::optional<std::uint32_t> find_text(std::string_view bytes, std::uint64_t hash) const;
    std::optional<std::uint32_t> find_whole(std::string_view bytes, std::uint64_t hash) const;

  private:
    enum class Wanted : std::uint8_t { any, text, whole };
    std::optional<std::uint32_t> find(std::string_view bytes, std::uint64_t hash,
                                      Wanted wanted) const;

    const PieceTable& pieces_;
    bool finds_user_defined_ = false;
    std::uint32_t max_probes_ = 0;
    base::ArrayView<IndexSlot> slots_;
};

}  // namespace quire::tokenizer
