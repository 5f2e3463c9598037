#include "lib/tokenizer/vocab/extra_tables.h"

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/byte_writer.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/tokenizer/pattern/split_regex.h"
#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"
#include "lib/tokenizer/vocab/open_tables.h"
#include "lib/tokenizer/vocab/trie.h"

namespace quire::tokenizer {

namespace {

std::vector<std::byte> trie_table(const TokenizerSpec& source) {
    std::vector<std::pair<std::string_view, std::uint32_t>> keys;
    // In the models of `tokenizers`, text that spells a byte as the vocabulary writes it ("<0x0A>")
    // becomes that byte's piece; in SentencePiece it does not.
    const bool spells_bytes = !source.single_precision;
    std::vector<std::string> spelled;
    spelled.reserve(source.pieces.size());
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        const Piece& piece = source.pieces[id];
        if (piece.kind == PieceKind::normal) {
            keys.emplace_back(piece.bytes, id);
        } else if (piece.kind == PieceKind::byte && spells_bytes) {
            spelled.push_back(piece_of_byte(piece.bytes.front()));
            keys.emplace_back(spelled.back(), id);
        }
    }
    return build_trie(std::move(keys));
}

std::vector<std::byte> scores_table(const TokenizerSpec& source) {
    base::ByteWriter out;
    for (const double score : source.scores) out.put(score);
    return std::move(out).take();
}

std::vector<std::byte> replace_table(const TokenizerSpec& source) {
    base::ByteWriter out;
    for (const NormalizerStep& step : source.normalizer) {
        if (step.kind != NormalizerStep::Kind::replace_pattern) continue;
        SplitStep pattern(step.text);
        pattern.drop_gaps = true;
        if (parse_split_pattern(step.text, "tokenizer.replace").can_be_empty) {
            throw Error(ErrorCode::model, "tokenizer.replace",
                        "replacing empty matches is not supported: " + base::quoted(step.text));
        }
        const std::vector<std::byte> table =
            build_split_table(std::span(&pattern, 1), "tokenizer.replace");
        out.put(static_cast<std::uint32_t>(table.size()));
        out.put_text(base::as_text(table));
    }
    return std::move(out).take();
}

}  // namespace

std::vector<TokenizerTable> build_extra_tables(const TokenizerSpec& source) {
    std::vector<TokenizerTable> tables;
    const auto add = [&](const char* name, std::vector<std::byte> bytes) {
        if (!bytes.empty()) tables.push_back({name, std::move(bytes)});
    };
    if (has_trie(source.kind)) add("tokenizer.trie", trie_table(source));
    if (source.kind == TokenizerKind::unigram) add("tokenizer.scores", scores_table(source));
    base::ByteWriter charsmap;
    charsmap.put_text(source.charsmap);
    add("tokenizer.charsmap", std::move(charsmap).take());
    add("tokenizer.replace", replace_table(source));
    if (source.word_stage) {
        add("tokenizer.word_split",
            build_split_table(source.word_stage->pre_tokenizer, "tokenizer.word_split"));
    }
    return tables;
}

}  // namespace quire::tokenizer
