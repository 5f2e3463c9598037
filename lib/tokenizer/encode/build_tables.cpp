#include "lib/tokenizer/encode/build_tables.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "lib/base/byte_writer.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/bpe/derived_merges.h"
#include "lib/tokenizer/bpe/reachable_pieces.h"
#include "lib/tokenizer/normalize/normalizer.h"
#include "lib/tokenizer/pattern/split_table.h"
#include "lib/tokenizer/spec/sentencepiece_pattern.h"
#include "lib/tokenizer/spec/tokenizer_config.h"
#include "lib/tokenizer/vocab/extra_tables.h"
#include "lib/tokenizer/vocab/merge_table.h"
#include "lib/tokenizer/vocab/open_tables.h"
#include "lib/tokenizer/vocab/piece_tables.h"

namespace quire::tokenizer {

namespace {

constexpr std::array<const char*, 7> kTableNames{
    "tokenizer",       "tokenizer.pieces", "tokenizer.index", "tokenizer.merges",
    "tokenizer.bytes", "tokenizer.split",  "tokenizer.added"};

[[noreturn]] void fail(const std::string& message) {
    throw Error(ErrorCode::model, "tokenizer", message);
}

void check(const TokenizerSpec& source) {
    if (source.pieces.empty() || source.pieces.size() >= kWholePiece) {
        fail("expected 1 to 2147483647 pieces, found " + std::to_string(source.pieces.size()));
    }
    const auto check_id = [&](std::uint32_t id, const char* what) {
        if (id < source.pieces.size()) return;
        fail(std::string(what) + ": expected an id below " + std::to_string(source.pieces.size()) +
             ", found " + std::to_string(id));
    };
    for (const Merge& merge : source.merges) {
        check_id(merge.left, "merge");
        check_id(merge.right, "merge");
        check_id(merge.merged, "merge");
        if (merge.rank == MergeTable::kNoRank) fail("merge: rank out of range");
    }
    for (const std::uint32_t id : source.prefix_ids) check_id(id, "prefix");
    for (const std::uint32_t id : source.suffix_ids) check_id(id, "suffix");
    for (const std::uint32_t id : source.eos_ids) check_id(id, "end of text");
    if (source.bos_id) check_id(*source.bos_id, "beginning of text");
    if (source.unk_id) check_id(*source.unk_id, "unknown token");
    if (!source.scores.empty() && source.scores.size() != source.pieces.size()) {
        fail("expected one score per piece");
    }
    if (!source.scores.empty() && !source.merges.empty()) fail("has both merges and scores");
    if (source.kind == TokenizerKind::unigram && source.scores.empty()) fail("has no scores");
    for (const std::vector<NormalizerStep>& steps : {source.normalizer, source.pre_normalizer}) {
        for (const NormalizerStep& step : steps) {
            if (!base::is_utf8(step.text) || !base::is_utf8(step.with)) {
                fail("normalizer step: text is not UTF-8");
            }
        }
    }
    for (const AddedToken& token : source.added) {
        check_id(token.id, "added token");
        if (token.content.empty() || token.content.size() > kMaxAddedBytes) {
            fail("added token " + std::to_string(token.id) +
                 ": expected a content of 1 to 1024 bytes, found " +
                 std::to_string(token.content.size()));
        }
    }
}

std::vector<std::byte> settings_table(const TokenizerSpec& source, std::uint32_t charsmap_growth) {
    const WordStage word_stage = source.word_stage.value_or(WordStage{});
    const TokenizerConfig settings{
        .kind = source.kind,
        .n_pieces = static_cast<std::uint32_t>(source.pieces.size()),
        .normalizer = source.normalizer,
        .pre_normalizer = source.pre_normalizer,
        .ignore_merges = source.ignore_merges,
        .byte_fallback = source.byte_fallback,
        .unk_id = source.unk_id,
        .fuse_unk = source.fuse_unk,
        .unk_score = source.unk_score,
        .single_precision = source.single_precision,
        .continuing_prefix = source.continuing_prefix,
        .max_word_characters = source.max_word_characters,
        .decoding = source.decoding,
        .clean_up = source.clean_up,
        .first_spaceless = source.first_spaceless,
        .space = source.space,
        .strip_spaces = source.strip_spaces,
        .prefix_ids = source.prefix_ids,
        .suffix_ids = source.suffix_ids,
        .bos_id = source.bos_id,
        .eos_ids = source.eos_ids,
        .suppressed_ids = source.suppressed_ids,
        .n_tokens = source.n_tokens,
        .word_suffix = source.word_suffix,
        .has_word_stage = source.word_stage.has_value(),
        .word_steps = word_stage.steps,
        .charsmap_growth = charsmap_growth,
    };
    base::ByteWriter out;
    const std::string json = write_settings(settings);
    read_settings(json, "tokenizer");  // refuse what a reader would refuse
    out.put_text(json);
    return std::move(out).take();
}

std::vector<std::byte> pieces_table(const TokenizerSpec& source) {
    std::uint64_t n_text_bytes = 0;
    for (const Piece& piece : source.pieces) n_text_bytes += piece.bytes.size();
    if (n_text_bytes > 0xFFFFFFFF) fail("expected less than 4 GiB of text in pieces");
    base::ByteWriter out;
    out.put(static_cast<std::uint32_t>(source.pieces.size()));
    out.put(static_cast<std::uint32_t>(n_text_bytes));
    std::uint32_t offset = 0;
    for (const Piece& piece : source.pieces) {
        out.put(offset);
        offset += static_cast<std::uint32_t>(piece.bytes.size());
    }
    out.put(offset);
    for (const Piece& piece : source.pieces) out.put(static_cast<std::uint8_t>(piece.kind));
    for (const Piece& piece : source.pieces) out.put_text(piece.bytes);
    return std::move(out).take();
}

struct IndexEntry {
    std::uint64_t hash;
    std::uint32_t id;
};

// Open addressing with linear probing, at most half full. Larger if an entry would need too many
// probes.
std::vector<std::byte> place_in_index(const std::vector<IndexEntry>& entries) {
    std::uint32_t bits = 1;
    while ((std::size_t{1} << bits) < entries.size() * 2) ++bits;
    for (; bits <= kMaxSlotBits; ++bits) {
        std::vector<IndexSlot> slots(std::size_t{1} << bits);
        std::uint32_t max_probes = 1;
        for (const IndexEntry& entry : entries) {
            std::size_t at = entry.hash & (slots.size() - 1);
            std::uint32_t probes = 1;
            for (; slots[at].id != kNoId; at = (at + 1) & (slots.size() - 1)) ++probes;
            slots[at] = {static_cast<std::uint32_t>(entry.hash >> 32), entry.id};
            max_probes = std::max(max_probes, probes);
            if (max_probes > kMaxProbes) break;
        }
        if (max_probes > kMaxProbes) continue;
        base::ByteWriter out;
        out.put(bits);
        out.put(max_probes);
        for (const IndexSlot& slot : slots) {
            out.put(slot.tag);
            out.put(slot.id);
        }
        return std::move(out).take();
    }
    fail("the hash table would be too large");
}

std::vector<std::byte> index_table(const TokenizerSpec& source, const std::vector<bool>& whole) {
    std::vector<IndexEntry> entries;
    for (const PieceKind kind :
         {PieceKind::normal, PieceKind::control, PieceKind::user_defined, PieceKind::byte}) {
        for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
            const Piece& piece = source.pieces[id];
            if (piece.kind != kind || piece.bytes.empty()) continue;
            entries.push_back(
                {PieceIndex::hash_of(piece.bytes), whole[id] ? id | kWholePiece : id});
        }
    }
    return place_in_index(entries);
}

// The merges that text can use, one per pair. If a pair is repeated, its last merge counts, as in
// `tokenizers`. Merges with control tokens are left out, so that no text can merge into one.
std::vector<Merge> usable_merges(const TokenizerSpec& source) {
    const bool by_scores = source.kind != TokenizerKind::unigram && !source.scores.empty();
    std::vector<Merge> given = !by_scores ? source.merges : merges_of_scores(source);
    std::unordered_map<std::uint64_t, std::size_t> place;
    place.reserve(given.size());
    std::vector<Merge> merges;
    merges.reserve(given.size());
    for (const Merge& merge : given) {
        if (source.pieces[merge.left].kind == PieceKind::control ||
            source.pieces[merge.right].kind == PieceKind::control ||
            source.pieces[merge.merged].kind == PieceKind::control) {
            continue;
        }
        const std::uint64_t pair = (std::uint64_t{merge.left} << 32) | merge.right;
        const auto [found, is_new] = place.try_emplace(pair, merges.size());
        if (is_new) {
            merges.push_back(merge);
        } else {
            merges[found->second] = merge;
        }
    }
    return merges;
}

std::vector<std::byte> bytes_table(const TokenizerSpec& source) {
    std::array<std::uint32_t, 256> ids;
    ids.fill(kNoId);
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        const Piece& piece = source.pieces[id];
        const PieceKind wanted =
            source.kind == TokenizerKind::byte_bpe ? PieceKind::normal : PieceKind::byte;
        if (piece.kind != wanted || piece.bytes.size() != 1) continue;
        std::uint32_t& slot = ids[static_cast<unsigned char>(piece.bytes[0])];
        if (slot == kNoId) slot = id;
    }
    base::ByteWriter out;
    for (const std::uint32_t id : ids) out.put(id);
    return std::move(out).take();
}

// True if the text may be cut before each run of spaces without changing an id, because no piece
// crosses such a place. This keeps words short.
bool can_cut_before_spaces(const TokenizerSpec& source, const std::vector<Merge>& merges) {
    if (source.kind != TokenizerKind::sentencepiece_bpe || !source.pre_tokenizer.empty())
        return false;
    if (source.ignore_merges || !source.word_suffix.empty()) return false;
    // Otherwise unknown symbols on both sides of a cut would no longer fuse.
    const bool has_space = std::any_of(
        source.pieces.begin(), source.pieces.end(),
        [&](const Piece& p) { return p.kind == PieceKind::normal && p.bytes == source.space; });
    return has_space && std::none_of(merges.begin(), merges.end(), [&](const Merge& merge) {
               return !source.pieces[merge.left].bytes.ends_with(source.space) &&
                      source.pieces[merge.right].bytes.starts_with(source.space);
           });
}

std::vector<std::byte> split_table(const TokenizerSpec& source, const std::vector<Merge>& merges) {
    std::vector<SplitStep> steps = source.pre_tokenizer;
    // The word stage changes words before they are merged, so it must see them whole.
    if (source.word_stage) return build_split_table(steps, "tokenizer.split");
    const std::string cuts = sentencepiece_pattern(source, merges);
    if (!cuts.empty()) {
        steps.emplace_back(cuts);
    } else if (can_cut_before_spaces(source, merges)) {
        if (base::is_one_code_point(source.space)) {
            steps.emplace_back(source.space + "+[^" + source.space + "]*|[^" + source.space + "]+");
        }
    }
    return build_split_table(steps, "tokenizer.split");
}

// The text that the search looks for.
std::string searched_content(const AddedToken& token, const Normalizer& normalizer) {
    if (!token.normalized || token.as_normalized) return token.content;
    return normalizer.apply_traced(token.content, {.at_start = true}).text;
}

std::vector<std::byte> added_table(const TokenizerSpec& source, const Normalizer& normalizer) {
    struct Token {
        std::uint32_t id;
        std::uint32_t flags;
    };
    // Of two tokens with the same content, the later one counts, as in `tokenizers`.
    std::map<std::pair<bool, std::string>, Token> tokens;
    for (const AddedToken& token : source.added) {
        const std::string content = searched_content(token, normalizer);
        if (content.empty()) continue;
        if (content.size() > kMaxAddedBytes) fail("an added token is too long after normalization");
        const std::uint32_t flags =
            (token.special ? kAddedSpecial : 0U) | (token.normalized ? kAddedNormalized : 0U) |
            (token.strip_left ? kAddedStripLeft : 0U) |
            (token.strip_right ? kAddedStripRight : 0U) |
            (token.single_word ? kAddedSingleWord : 0U) | (token.keeps ? kAddedKeeps : 0U) |
            (token.searched ? 0U : kAddedNotSearched);
        tokens[{token.normalized, content}] = {token.id, flags};
    }
    base::ByteWriter out;
    std::uint32_t n_text_bytes = 0;
    for (const auto& [key, token] : tokens) {
        n_text_bytes += static_cast<std::uint32_t>(key.second.size());
    }
    out.put(static_cast<std::uint32_t>(tokens.size()));
    out.put(n_text_bytes);
    std::uint32_t offset = 0;
    for (const auto& [key, token] : tokens) {
        const auto length = static_cast<std::uint32_t>(key.second.size());
        out.put(token.id);
        out.put(token.flags);
        out.put(offset);
        out.put(length);
        offset += length;
    }
    for (const auto& [key, token] : tokens) out.put_text(key.second);
    return std::move(out).take();
}

bool has_normalized(const TokenizerSpec& source) {
    return std::any_of(source.added.begin(), source.added.end(),
                       [](const AddedToken& token) { return token.normalized && !token.special; });
}

// A normalized added token decodes to its normalized content, as in `tokenizers`.
TokenizerSpec with_normalized_pieces(TokenizerSpec source, const Normalizer& normalizer) {
    for (const AddedToken& token : source.added) {
        Piece& piece = source.pieces[token.id];
        if (!token.normalized || piece.kind != PieceKind::user_defined) continue;
        piece.bytes = searched_content(token, normalizer);
    }
    return source;
}

}  // namespace

std::vector<std::string> tokenizer_table_names() {
    return {kTableNames.begin(), kTableNames.end()};
}

base::Bytes find_table(std::span<const TokenizerTable> tables, std::string_view name) {
    for (const TokenizerTable& table : tables) {
        if (table.name == name) return table.bytes;
    }
    throw Error(ErrorCode::model, std::string(name), "is missing");
}

std::vector<TokenizerTable> build_tables(const TokenizerSpec& given) {
    check(given);
    std::vector<TokenizerTable> extra_tables = build_extra_tables(given);
    const StepTables step_tables =
        read_step_tables(given.normalizer, given.charsmap.empty() ? 0 : kMaxGrowth,
                         [&](std::string_view name) { return find_table(extra_tables, name); });
    // Comes first, because it checks how much the steps may lengthen a text.
    std::vector<std::byte> settings =
        settings_table(given, given.charsmap.empty() ? 0 : step_tables.charsmap.growth());
    const Normalizer normalizer(given.normalizer, &step_tables);
    std::optional<TokenizerSpec> changed;
    if (has_normalized(given)) changed = with_normalized_pieces(given, normalizer);
    const TokenizerSpec& source = changed ? *changed : given;
    const std::vector<Merge> merges = usable_merges(source);
    std::vector<TokenizerTable> tables;
    const auto add = [&](std::vector<std::byte> bytes) {
        tables.push_back({kTableNames[tables.size()], std::move(bytes)});
    };
    add(std::move(settings));
    add(pieces_table(source));
    std::vector<std::byte> merge_bytes = build_merge_table(merges, "tokenizer.merges");
    std::vector<std::byte> byte_ids = bytes_table(source);
    add(index_table(source, reachable_pieces(source, merge_bytes, byte_ids)));
    add(std::move(merge_bytes));
    add(std::move(byte_ids));
    add(split_table(source, merges));
    add(added_table(source, normalizer));
    for (TokenizerTable& table : extra_tables) tables.push_back(std::move(table));
    return tables;
}

}  // namespace quire::tokenizer
