// The tables of a tokenizer and what can be asked of its vocabulary. encoder.h turns text into ids,
// decode_stream.h turns ids into text.
//
// Opening reads little of the large tables, which are used in place. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/vocab/open_tables.h"

namespace quire::tokenizer {

// Bytes [begin, end) of a text in which special tokens may be recognised.
struct TrustedRange {
    std::size_t begin = 0;
    std::size_t end = 0;
};

struct EncodeOptions {
    bool add_special = false;  // put the model's prefix and suffix ids (bos, eos) around the text
    bool trust_all = false;
    // In order, not overlapping. A special token must lie in one of them as a whole, so ranges that
    // touch are not the same as one range.
    std::span<const TrustedRange> trusted = {};
    // The text is the rest of one whose front, up to a place that SafeCuts found, was encoded
    // before.
    bool continues = false;
};

class Tokenizer {
  public:
    // Error{model} naming the table if a table cannot be used. The bytes of the tables must outlive
    // the tokenizer.
    explicit Tokenizer(const TableSource& tables) : parts_(tables) {}

    // Bytes that are not UTF-8 are taken as U+FFFD, one for each maximal part of a sequence.
    // Error{input} for ranges out of order or outside the text, and for a word of 4 GiB;
    // Error{model} for a table whose damage is met on the way.
    std::vector<std::uint32_t> encode(std::string_view text,
                                      const EncodeOptions& options = {}) const;

    std::size_t n_vocab() const noexcept { return parts_.pieces.size(); }
    // The text of a token, or the name of a control token. A space may appear as the character
    // returned by space(). Error{model} if the id is not below n_vocab().
    std::string_view piece(std::uint32_t id) const { return parts_.pieces.bytes(id); }
    PieceKind piece_kind(std::uint32_t id) const noexcept { return parts_.pieces.kind(id); }
    bool is_control(std::uint32_t id) const noexcept {
        return parts_.pieces.kind(id) == PieceKind::control;
    }
    std::optional<std::uint32_t> id_of(std::string_view piece) const {
        return parts_.index.find(piece);
    }

    std::optional<std::uint32_t> bos_id() const noexcept { return parts_.settings.bos_id; }
    const std::vector<std::uint32_t>& eos_ids() const noexcept { return parts_.settings.eos_ids; }
    const std::vector<std::uint32_t>& prefix_ids() const noexcept {
        return parts_.settings.prefix_ids;
    }
    const std::vector<std::uint32_t>& suffix_ids() const noexcept {
        return parts_.settings.suffix_ids;
    }
    const std::string& space() const noexcept { return parts_.settings.space; }
    std::uint32_t strip_spaces() const noexcept { return parts_.settings.strip_spaces; }

    // The opened tables, for the encoder.
    const OpenTables& parts() const noexcept { return parts_; }

  private:
    OpenTables parts_;
};

}  // namespace quire::tokenizer
