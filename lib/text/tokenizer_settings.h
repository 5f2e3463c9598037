// The table "tokenizer": the settings of a tokenizer as JSON, see tokenizer_tables.h for its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/text/tokenizer_source.h"

namespace quire::text {

// The members mean what those of TokenizerSource of the same name mean, but for the last, which is
// only read.
struct TokenizerSettings {
    TokenizerKind kind = TokenizerKind::byte_bpe;
    std::uint32_t n_pieces = 0;
    std::vector<TextStep> normalizer;
    std::vector<TextStep> prepare;
    bool ignore_merges = false;
    bool byte_fallback = false;
    std::optional<std::uint32_t> unk_id;
    bool fuse_unk = false;
    double unk_score = 0;
    bool single_precision = false;
    std::string continuing_prefix;
    std::uint32_t max_word_characters = 0;
    TokenizerSource::Decoding decoding = TokenizerSource::Decoding::pieces;
    bool clean_up = false;
    bool first_spaceless = false;
    std::string space;
    std::uint32_t strip_spaces = 0;
    std::vector<std::uint32_t> prefix_ids;
    std::vector<std::uint32_t> suffix_ids;
    std::optional<std::uint32_t> bos_id;
    std::vector<std::uint32_t> eos_ids;
    bool merges_by_slot = false;  // "tokenizer.merges" is as the first two versions had it
};

std::string write_settings(const TokenizerSettings& settings);

// Error{model} naming `where` for anything but exactly the known keys with values in range (ids
// below n_pieces).
TokenizerSettings read_settings(std::string_view json, const std::string& where);

}  // namespace quire::text
