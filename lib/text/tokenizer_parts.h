// The opened tables of a tokenizer, for those who turn text into ids. Opening touches little of the
// large ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/text/added_tokens.h"
#include "lib/text/array_view.h"
#include "lib/text/merge_table.h"
#include "lib/text/piece_tables.h"
#include "lib/text/splitter.h"
#include "lib/text/text_steps.h"
#include "lib/text/tokenizer_settings.h"
#include "lib/text/trie.h"

namespace quire::text {

// Gives the bytes of a table by its name (tokenizer_table_names()); throws when it has none.
using TableSource = std::function<base::Bytes(std::string_view name)>;

// Whether the kind has the table "tokenizer.trie".
bool has_trie(TokenizerKind kind) noexcept;

// "tokenizer.charsmap", whose growth is bounded (0: `symbols` has none), and "tokenizer.replace", where `steps` need them.
StepTables read_step_tables(const std::vector<TextStep>& steps, std::uint32_t charsmap_growth,
                            const TableSource& tables);

struct TokenizerParts {
    // Error{model} naming the table for tables that cannot be used. The bytes must outlive the
    // object.
    explicit TokenizerParts(const TableSource& tables);
    TokenizerParts(const TokenizerParts&) = delete;
    TokenizerParts& operator=(const TokenizerParts&) = delete;

    TokenizerSettings settings;
    PieceTable pieces;
    PieceIndex index;
    std::vector<std::byte> merge_bytes;  // of a table in an older form, built anew
    MergeTable merges;
    ArrayView<std::uint32_t> byte_ids;  // (256)
    Trie trie;                          // word_piece, unigram
    ArrayView<double> scores;           // unigram: (n_pieces)
    AddedTokens added;
    StepTables step_tables;
    TextSteps normalizer;
    TextSteps prepare;
    SplitTable split;
    TextSteps word_steps;                  // of the word stage
    std::optional<SplitTable> word_split;  // nothing: there is no word stage
};

}  // namespace quire::text
