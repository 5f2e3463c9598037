#include "lib/tokenizer/bpe/derived_merges.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "lib/tokenizer/vocab/piece_tables.h"

namespace quire::tokenizer {

namespace {

// The ids of pieces by their bytes. Most texts that are asked for are no piece, so a filter of bits,
// which stays in the cache, answers first.
class IdsByBytes {
  public:
    explicit IdsByBytes(std::size_t n_pieces) : filter_(kFilterBits) { ids_.reserve(n_pieces); }

    bool add(std::string_view bytes, std::uint32_t id) {
        filter_[bit_of(bytes)] = true;
        return ids_.emplace(bytes, id).second;
    }
    std::optional<std::uint32_t> find(std::string_view bytes) const {
        if (!filter_[bit_of(bytes)]) return std::nullopt;
        const auto found = ids_.find(bytes);
        if (found == ids_.end()) return std::nullopt;
        return found->second;
    }

  private:
    static constexpr std::size_t kFilterBits = std::size_t{1} << 22;

    static std::size_t bit_of(std::string_view bytes) {
        return static_cast<std::size_t>(PieceIndex::hash_of(bytes)) % kFilterBits;
    }

    std::vector<bool> filter_;
    std::unordered_map<std::string_view, std::uint32_t> ids_;
};

}  // namespace

std::vector<Merge> merges_of_scores(const TokenizerSpec& source) {
    IdsByBytes id_of(source.pieces.size());
    std::vector<std::uint32_t> by_score;
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        const Piece& piece = source.pieces[id];
        if (piece.kind != PieceKind::normal || piece.bytes.empty()) continue;
        if (id_of.add(piece.bytes, id)) by_score.push_back(id);
    }
    std::stable_sort(by_score.begin(), by_score.end(), [&](std::uint32_t a, std::uint32_t b) {
        return source.scores[a] > source.scores[b];
    });
    std::vector<Merge> merges;
    std::uint32_t rank = 0;
    for (std::size_t i = 0; i < by_score.size(); ++i) {
        const std::uint32_t merged = by_score[i];
        if (i > 0 && source.scores[merged] < source.scores[by_score[i - 1]]) ++rank;
        const std::string_view bytes = source.pieces[merged].bytes;
        for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
            // Fewer ends of pieces than fronts are pieces themselves.
            const auto right = id_of.find(bytes.substr(cut));
            if (!right) continue;
            const auto left = id_of.find(bytes.substr(0, cut));
            if (left) merges.push_back({*left, *right, rank, merged});
        }
    }
    return merges;
}

}  // namespace quire::tokenizer
