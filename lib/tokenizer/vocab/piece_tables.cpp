#include "lib/tokenizer/vocab/piece_tables.h"

#include <utility>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/tokenizer/vocab/hash_header.h"

namespace quire::tokenizer {

PieceTable::PieceTable(base::Bytes bytes, std::string where) : where_(std::move(where)) {
    base::ByteReader reader(bytes, where_);
    const auto n_pieces = reader.read<std::uint32_t>("number of pieces");
    const auto n_text_bytes = reader.read<std::uint32_t>("bytes of text");
    if (n_pieces == 0 || n_pieces == kNoId) reader.fail("expected at least one piece");
    offsets_ = {reader, std::uint64_t{n_pieces} + 1, "offsets"};
    kinds_ = {reader, n_pieces, "kinds"};
    text_ = reader.take_text(n_text_bytes, "text");
    expect_end(reader);
}

std::string_view PieceTable::bytes(std::uint32_t id) const {
    if (id >= size()) {
        throw Error(
            ErrorCode::model, where_,
            "expected an id below " + std::to_string(size()) + ", found " + std::to_string(id));
    }
    const std::uint32_t begin = offsets_[id];
    const std::uint32_t end = offsets_[id + std::size_t{1}];
    if (begin > end || end > text_.size()) {
        throw Error(ErrorCode::model, where_,
                    "piece " + std::to_string(id) + ": text out of range");
    }
    return text_.substr(begin, end - begin);
}

PieceKind PieceTable::kind(std::uint32_t id) const noexcept {
    if (id >= size() || kinds_[id] > static_cast<std::uint8_t>(PieceKind::unused)) {
        return PieceKind::unused;
    }
    return static_cast<PieceKind>(kinds_[id]);
}

PieceIndex::PieceIndex(base::Bytes bytes, const PieceTable& pieces, bool finds_user_defined,
                       const std::string& where)
    : pieces_(pieces), finds_user_defined_(finds_user_defined) {
    base::ByteReader reader(bytes, where);
    const HashHeader head = read_hash_head(reader);
    max_probes_ = head.max_probes;
    slots_ = {reader, head.n_slots(), "slots"};
    expect_end(reader);
}

std::uint64_t PieceIndex::hash_of(std::string_view bytes) noexcept {
    return base::xxh3(base::as_bytes(bytes));
}

std::optional<std::uint32_t> PieceIndex::find(std::string_view bytes) const {
    return find(bytes, hash_of(bytes), Wanted::any);
}

std::optional<std::uint32_t> PieceIndex::find_text(std::string_view bytes) const {
    return find_text(bytes, hash_of(bytes));
}

std::optional<std::uint32_t> PieceIndex::find_text(std::string_view bytes,
                                                   std::uint64_t hash) const {
    return find(bytes, hash, Wanted::text);
}

std::optional<std::uint32_t> PieceIndex::find_whole(std::string_view bytes) const {
    return find_whole(bytes, hash_of(bytes));
}

std::optional<std::uint32_t> PieceIndex::find_whole(std::string_view bytes,
                                                    std::uint64_t hash) const {
    return find(bytes, hash, Wanted::whole);
}

void PieceIndex::prefetch_piece(std::uint64_t hash) const noexcept {
    const IndexSlot slot = slots_[hash & (slots_.size() - 1)];
    const std::uint32_t id = slot.id & ~kWholePiece;
    if (slot.tag == hash >> 32 && id < pieces_.size()) pieces_.prefetch(id);
}

std::optional<std::uint32_t> PieceIndex::find(std::string_view bytes, std::uint64_t hash,
                                              Wanted wanted) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    for (std::uint32_t probe = 0; probe < max_probes_; ++probe, at = (at + 1) & mask) {
        const IndexSlot slot = slots_[at];
        if (slot.id == kNoId) break;
        const std::uint32_t id = slot.id & ~kWholePiece;
        if (slot.tag != hash >> 32 || id >= pieces_.size()) continue;
        if (wanted == Wanted::whole && id == slot.id) continue;
        if (pieces_.bytes(id) != bytes) continue;
        const PieceKind kind = pieces_.kind(id);
        if (kind == PieceKind::unused) continue;
        const bool is_text =
            kind == PieceKind::normal || (finds_user_defined_ && kind == PieceKind::user_defined);
        if (wanted != Wanted::any && !is_text) continue;
        return id;
    }
    return std::nullopt;
}

}  // namespace quire::tokenizer
