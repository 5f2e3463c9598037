// The table "tokenizer": a tokenizer's settings, stored as JSON. formats/quire/FORMAT.md lists its
// keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// Members mean the same as those of TokenizerSpec with the same name. The last group is not in it.
struct TokenizerConfig {
    TokenizerKind kind = TokenizerKind::byte_bpe;
    std::uint32_t n_pieces = 0;
    std::vector<NormalizerStep> normalizer;
    std::vector<NormalizerStep> pre_normalizer;  // "prepare" in JSON
    bool ignore_merges = false;
    bool byte_fallback = false;
    std::optional<std::uint32_t> unk_id;
    bool fuse_unk = false;
    double unk_score = 0;
    bool single_precision = false;
    std::string continuing_prefix;
    std::uint32_t max_word_characters = 0;
    TokenizerSpec::Decoding decoding = TokenizerSpec::Decoding::pieces;
    bool clean_up = false;
    bool first_spaceless = false;
    std::string space;
    std::uint32_t strip_spaces = 0;
    std::vector<std::uint32_t> prefix_ids;
    std::vector<std::uint32_t> suffix_ids;
    std::optional<std::uint32_t> bos_id;
    std::vector<std::uint32_t> eos_ids;
    std::vector<std::uint32_t> suppressed_ids;  // absent from JSON when empty
    std::uint32_t n_tokens = 0;                 // absent from JSON when 0
    std::string word_suffix;
    bool has_word_stage = false;
    std::vector<NormalizerStep> word_steps;  // steps of the word stage
    // The most that a charsmap lengthens a sequence, as a factor; 0 if there is no charsmap.
    std::uint32_t charsmap_growth = 0;

    // Set only when a file of an older version is read:
    bool merges_by_slot = false;  // versions 1 and 2: the older layout of "tokenizer.merges"
    // Versions 1 to 3: the model also makes user-defined pieces of text, and with single_precision
    // it compares 64-bit sums before rounding them.
    bool finds_user_defined = false;
    bool compares_unrounded = false;
};

// The most that all steps together may lengthen a text, as a factor.
inline constexpr std::uint32_t kMaxGrowth = 256;
// The charsmap_growth of files that do not state it.
inline constexpr std::uint32_t kOldCharsmapGrowth = 64;

std::string write_settings(const TokenizerConfig& settings);

// Error{model} naming `where` unless the keys are exactly the known ones and their values are in
// range (ids below n_pieces).
TokenizerConfig read_settings(std::string_view json, const std::string& where);

}  // namespace quire::tokenizer
