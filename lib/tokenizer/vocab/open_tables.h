// All tables of a tokenizer, opened for use. Opening reads little of the large ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/base/array_view.h"
#include "lib/base/bytes.h"
#include "lib/tokenizer/normalize/normalizer.h"
#include "lib/tokenizer/pattern/splitter.h"
#include "lib/tokenizer/spec/tokenizer_config.h"
#include "lib/tokenizer/vocab/added_tokens.h"
#include "lib/tokenizer/vocab/merge_table.h"
#include "lib/tokenizer/vocab/piece_tables.h"
#include "lib/tokenizer/vocab/trie.h"

namespace quire::tokenizer {

// Returns the bytes of the table with a name (tokenizer_table_names()); throws if there is none.
using TableSource = std::function<base::Bytes(std::string_view name)>;

// True if tokenizers of this kind have the table "tokenizer.trie".
bool has_trie(TokenizerKind kind) noexcept;

// Opens "tokenizer.charsmap" and "tokenizer.replace" if `steps` need them. charsmap_growth bounds
// the charsmap; 0 means that `symbols` steps have none.
StepTables read_step_tables(const std::vector<NormalizerStep>& steps, std::uint32_t charsmap_growth,
                            const TableSource& tables);

struct OpenTables {
    // Error{model} naming the table if a table cannot be used. The bytes must outlive the object.
    explicit OpenTables(const TableSource& tables);
    OpenTables(const OpenTables&) = delete;
    OpenTables& operator=(const OpenTables&) = delete;

    TokenizerConfig settings;
    PieceTable pieces;
    PieceIndex index;
    std::vector<std::byte> merge_bytes;  // rebuilt from an older layout, else empty
    MergeTable merges;
    base::ArrayView<std::uint32_t> byte_ids;  // (256)
    Trie trie;                                // word_piece, unigram
    base::ArrayView<double> scores;           // unigram: (n_pieces)
    AddedTokens added;
    StepTables step_tables;
    Normalizer normalizer;
    Normalizer pre_normalizer;
    SplitTable pre_tokenizer;
    Normalizer word_steps;                 // steps of the word stage
    std::optional<SplitTable> word_split;  // absent if there is no word stage
};

}  // namespace quire::tokenizer
