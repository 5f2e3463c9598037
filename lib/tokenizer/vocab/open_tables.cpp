#include "lib/tokenizer/vocab/open_tables.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "lib/base/error.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

namespace {

base::ArrayView<std::uint32_t> read_byte_ids(base::Bytes bytes, std::uint32_t n_pieces,
                                             const std::string& where) {
    base::ByteReader reader(bytes, where);
    const base::ArrayView<std::uint32_t> ids(reader, 256, "ids");
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] != kNoId && ids[i] >= n_pieces) reader.fail("id out of range");
    }
    return ids;
}

base::ArrayView<double> read_scores(base::Bytes bytes, std::uint32_t n_pieces,
                                    const std::string& where) {
    base::ByteReader reader(bytes, where);
    const base::ArrayView<double> scores(reader, n_pieces, "scores");
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
    return scores;
}

bool has_step(const std::vector<NormalizerStep>& steps,
              std::initializer_list<NormalizerStep::Kind> kinds) {
    return std::any_of(steps.begin(), steps.end(), [&](const NormalizerStep& step) {
        return std::find(kinds.begin(), kinds.end(), step.kind) != kinds.end();
    });
}

}  // namespace

bool has_trie(TokenizerKind kind) noexcept {
    return kind == TokenizerKind::word_piece || kind == TokenizerKind::unigram;
}

StepTables read_step_tables(const std::vector<NormalizerStep>& steps, std::uint32_t charsmap_growth,
                            const TableSource& tables) {
    StepTables result;
    const bool may_map =
        has_step(steps, {NormalizerStep::Kind::symbols, NormalizerStep::Kind::symbols_squeezed});
    if (has_step(steps, {NormalizerStep::Kind::charsmap, NormalizerStep::Kind::charsmap_longest}) ||
        (may_map && charsmap_growth > 0)) {
        result.charsmap =
            Charsmap(tables("tokenizer.charsmap"), "tokenizer.charsmap", charsmap_growth);
    }
    if (!has_step(steps, {NormalizerStep::Kind::replace_pattern})) return result;
    base::ByteReader reader(tables("tokenizer.replace"), "tokenizer.replace");
    for (const NormalizerStep& step : steps) {
        if (step.kind != NormalizerStep::Kind::replace_pattern) continue;
        const auto n_bytes = reader.read<std::uint32_t>("size of a pattern");
        result.patterns.emplace_back(reader.take(n_bytes, "pattern"), "tokenizer.replace");
        if (result.patterns.back().n_steps() != 1 || result.patterns.back().keeps(0, false)) {
            reader.fail("expected one pattern that keeps only its matches");
        }
    }
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
    return result;
}

OpenTables::OpenTables(const TableSource& tables)
    : settings(read_settings(base::as_text(tables("tokenizer")), "tokenizer")),
      pieces(tables("tokenizer.pieces"), "tokenizer.pieces"),
      index(tables("tokenizer.index"), pieces, settings.finds_user_defined, "tokenizer.index"),
      merge_bytes(settings.merges_by_slot
                      ? build_merge_table(
                            read_merges_by_slot(tables("tokenizer.merges"), "tokenizer.merges"),
                            "tokenizer.merges")
                      : std::vector<std::byte>()),
      merges(settings.merges_by_slot ? base::Bytes(merge_bytes) : tables("tokenizer.merges"),
             pieces.size(), "tokenizer.merges"),
      byte_ids(read_byte_ids(tables("tokenizer.bytes"), pieces.size(), "tokenizer.bytes")),
      trie(has_trie(settings.kind) ? Trie(tables("tokenizer.trie"), "tokenizer.trie") : Trie()),
      scores(settings.kind == TokenizerKind::unigram
                 ? read_scores(tables("tokenizer.scores"), pieces.size(), "tokenizer.scores")
                 : base::ArrayView<double>()),
      added(tables("tokenizer.added"), pieces.size(), "tokenizer.added"),
      step_tables(read_step_tables(settings.normalizer, settings.charsmap_growth, tables)),
      normalizer(settings.normalizer, &step_tables),
      pre_normalizer(settings.pre_normalizer),
      pre_tokenizer(tables("tokenizer.split"), "tokenizer.split"),
      word_steps(settings.word_steps) {
    step_tables.longest_symbol = [this](std::string_view text) { return added.longest_kept(text); };
    if (settings.has_word_stage) {
        word_split.emplace(tables("tokenizer.word_split"), "tokenizer.word_split");
    }
    if (settings.n_pieces != pieces.size()) {
        throw Error(ErrorCode::model, "tokenizer.pieces",
                    "expected " + std::to_string(settings.n_pieces) + " pieces, found " +
                        std::to_string(pieces.size()));
    }
}

}  // namespace quire::tokenizer
