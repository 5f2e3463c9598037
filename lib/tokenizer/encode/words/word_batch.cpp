#include "lib/tokenizer/encode/words/word_batch.h"

#include <algorithm>
#include <optional>

#include "lib/tokenizer/pattern/splitter.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

WordBatch::WordBatch(const OpenTables& tables) : tables_(tables), words_(tables) {}

void WordBatch::encode(std::string_view word, std::vector<std::uint32_t>& ids) {
    if (!tables_.word_split) return words_.encode(word, ids);
    Splitter parts(*tables_.word_split, tables_.word_steps.apply(word, {}, stepped_));
    for (std::string_view part; parts.next(part);) words_.encode(part, ids);
}

void WordBatch::encode_many(std::span<const std::string_view> words,
                            std::vector<std::uint32_t>& ids, std::vector<std::size_t>& ends) {
    // For other kinds, encoding a word is more than a lookup and merging.
    const TokenizerKind kind = tables_.settings.kind;
    const bool merges = kind == TokenizerKind::byte_bpe || kind == TokenizerKind::sentencepiece_bpe;
    if (!merges || tables_.word_split) {
        for (const std::string_view word : words) {
            encode(word, ids);
            ends.push_back(ids.size());
        }
        return;
    }
    while (!words.empty()) {
        const std::size_t n = std::min(words.size(), kTogether);
        encode_together(words.first(n), ids, ends);
        words = words.subspan(n);
    }
}

// False if the word must be encoded by WordEncoder instead.
bool WordBatch::start_merge(std::string_view word, ShortMerge& merge) {
    std::array<std::uint32_t, ShortMerge::kMaxSymbols> symbols;
    const std::size_t n = words_.symbols_of(word, symbols);
    if (n < 2) return false;
    merge.start({symbols.data(), n}, words_.pairs());
    return true;
}

void WordBatch::encode_together(std::span<const std::string_view> words,
                                std::vector<std::uint32_t>& ids, std::vector<std::size_t>& ends) {
    enum class Way : std::uint8_t { found, merged, alone };
    std::array<std::uint64_t, kTogether> hashes;
    std::array<std::uint32_t, kTogether> found;
    std::array<Way, kTogether> ways;
    const std::size_t n = words.size();
    const PieceIndex& index = tables_.index;
    for (std::size_t i = 0; i < n; ++i) {
        hashes[i] = PieceIndex::hash_of(words[i]);
        index.prefetch(hashes[i]);
    }
    for (std::size_t i = 0; i < n; ++i) index.prefetch_piece(hashes[i]);

    std::array<std::size_t, kTogether> open;  // words whose merging is not finished
    std::size_t n_open = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::optional<std::uint32_t> id = words_.whole_word(words[i], hashes[i]);
        found[i] = id.value_or(kNoId);
        ways[i] = id ? Way::found : Way::alone;
        if (id || !start_merge(words[i], merges_[i])) continue;
        ways[i] = Way::merged;
        open[n_open++] = i;
    }
    while (n_open > 0) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < n_open; ++i) {
            if (merges_[open[i]].step(words_.pairs())) open[kept++] = open[i];
        }
        n_open = kept;
    }
    for (std::size_t i = 0; i < n; ++i) {
        switch (ways[i]) {
            case Way::found:
                ids.push_back(found[i]);
                break;
            case Way::merged: {
                const std::size_t n_before = ids.size();
                ids.resize(n_before + ShortMerge::kMaxSymbols);
                ids.resize(n_before + merges_[i].symbols(ids.data() + n_before));
                break;
            }
            case Way::alone:
                words_.encode(words[i], ids);
                break;
        }
        ends.push_back(ids.size());
    }
}

}  // namespace quire::tokenizer
