// The tables "tokenizer.pieces" and "tokenizer.index" (layout.h) as they lie. Opening one
// looks at its head only; what a lookup meets is checked there, so that a damaged table gives wrong
// answers or an Error{model}, never a read outside of it, and never more than kMaxProbes steps.
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
    std::string_view bytes(std::uint32_t id) const;   // Error{model} for an id out of range
    PieceKind kind(std::uint32_t id) const noexcept;  // unused for an id out of range
    // Asks for the memory of an id below size().
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
    // `pieces` must outlive the object. finds_user_defined: find_text() finds those too.
    PieceIndex(base::Bytes bytes, const PieceTable& pieces, bool finds_user_defined,
               const std::string& where);

    // Of several pieces with these bytes: a normal one, a control token, a user defined one, a
    // byte.
    std::optional<std::uint32_t> find(std::string_view bytes) const;
    // Only what the model makes of text: a normal one.
    std::optional<std::uint32_t> find_text(std::string_view bytes) const;

    // The piece that a word of these bytes becomes whatever the merges are, where that is known.
    std::optional<std::uint32_t> find_whole(std::string_view bytes) const;

    // The same by hash_of(bytes), for those who ask for the memory first: of the index, then of the
    // piece that the index names.
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
