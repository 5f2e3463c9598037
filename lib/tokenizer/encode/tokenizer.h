// The tables of a tokenizer and what can be asked of its vocabulary. encoder.h turns text into ids,
// decode_stream.h turns ids into text.
//
// Opening reads little of the large tables, which are used in place. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/vocab/open_tables.h"

namespace quire::tokenizer {

class Tokenizer {
  public:
    // Error{model} naming the table if a table cannot be used. The bytes of the tables must outlive
    // the tokenizer.
    explicit Tokenizer(const TableSource& tables) : tables_(tables) {}

    std::size_t n_vocab() const noexcept { return tables_.pieces.size(); }
    // The text of a token, or the name of a control token. A space may appear as the character
    // returned by space(). Error{model} if the id is not below n_vocab().
    std::string_view piece(std::uint32_t id) const { return tables_.pieces.bytes(id); }
    PieceKind piece_kind(std::uint32_t id) const noexcept { return tables_.pieces.kind(id); }
    bool is_control(std::uint32_t id) const noexcept {
        return tables_.pieces.kind(id) == PieceKind::control;
    }
    std::optional<std::uint32_t> id_of(std::string_view piece) const {
        return tables_.index.find(piece);
    }

    std::optional<std::uint32_t> bos_id() const noexcept { return tables_.settings.bos_id; }
    const std::vector<std::uint32_t>& eos_ids() const noexcept { return tables_.settings.eos_ids; }
    const std::vector<std::uint32_t>& suppressed_ids() const noexcept {
        return tables_.settings.suppressed_ids;
    }
    const std::vector<std::uint32_t>& prefix_ids() const noexcept {
        return tables_.settings.prefix_ids;
    }
    const std::vector<std::uint32_t>& suffix_ids() const noexcept {
        return tables_.settings.suffix_ids;
    }
    const std::string& space() const noexcept { return tables_.settings.space; }
    std::uint32_t strip_spaces() const noexcept { return tables_.settings.strip_spaces; }

    // The opened tables, for the encoder.
    const OpenTables& tables() const noexcept { return tables_; }

  private:
    OpenTables tables_;
};

}  // namespace quire::tokenizer
