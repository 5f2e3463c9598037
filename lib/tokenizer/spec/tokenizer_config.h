// The table "tokenizer": the settings of a tokenizer as JSON, see layout.h for its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::tokenizer {

// The members mean what those of TokenizerSpec of the same name mean, but for those at the end.
struct TokenizerConfig {
    TokenizerKind kind = TokenizerKind::byte_bpe;
    std::uint32_t n_pieces = 0;
    std::vector<NormalizerStep> normalizer;
    std::vector<NormalizerStep> prepare;
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
    std::string word_suffix;
    bool has_word_stage = false;
    std::vector<NormalizerStep> word_steps;  // of the word stage
    // How many times longer the charsmap makes a sequence at most; 0: there is none.
    std::uint32_t charsmap_growth = 0;

    // Of older versions, only read:
    bool merges_by_slot = false;  // "tokenizer.merges" is as the first two versions had it
    // The first three: the model finds user defined pieces, and compares sums in 64 bits before it
    // rounds them (single_precision).
    bool finds_user_defined = false;
    bool compares_unrounded = false;
};

// How many times longer all steps together may make a text.
inline constexpr std::uint32_t kMaxGrowth = 256;
// The charsmap_growth of files that do not say it.
inline constexpr std::uint32_t kOldCharsmapGrowth = 64;

std::string write_settings(const TokenizerConfig& settings);

// Error{model} naming `where` for anything but exactly the known keys with values in range (ids
// below n_pieces).
TokenizerConfig read_settings(std::string_view json, const std::string& where);

}  // namespace quire::tokenizer
