#include "lib/tokenizer/bpe/reachable_pieces.h"

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "lib/base/array_view.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/bpe/bpe.h"
#include "lib/tokenizer/spec/layout.h"
#include "lib/tokenizer/vocab/merge_table.h"

namespace quire::tokenizer {

std::vector<bool> reachable_pieces(const TokenizerSpec& source, base::Bytes merges,
                                   base::Bytes bytes) {
    const bool of_bytes = source.kind == TokenizerKind::byte_bpe;
    std::vector<bool> whole(source.pieces.size());
    if (!of_bytes && source.kind != TokenizerKind::sentencepiece_bpe) return whole;
    if (!source.word_suffix.empty()) return whole;
    base::ByteReader reader(bytes, "tokenizer.bytes");
    const base::ArrayView<std::uint32_t> byte_ids(reader, 256, "ids");
    const MergeTable table(merges, static_cast<std::uint32_t>(source.pieces.size()),
                           "tokenizer.merges");
    BpeMerger merger(table);

    // The id of each character, found as WordEncoder finds it.
    std::unordered_map<std::string_view, std::uint32_t> characters;
    for (std::uint32_t id = 0; !of_bytes && id < source.pieces.size(); ++id) {
        const Piece& piece = source.pieces[id];
        if (piece.kind == PieceKind::normal && piece.bytes.size() <= 4) {
            characters.emplace(piece.bytes, id);
        }
    }
    const auto symbol = [&](std::string_view& rest) {
        if (of_bytes) {
            const auto byte = static_cast<unsigned char>(rest[0]);
            rest.remove_prefix(1);
            return byte_ids[byte];
        }
        const auto length = static_cast<std::size_t>(base::decode_utf8(rest).length);
        const auto found = characters.find(rest.substr(0, length));
        rest.remove_prefix(length);
        return found == characters.end() ? kNoId : found->second;
    };
    std::vector<std::uint32_t> symbols;
    for (std::uint32_t id = 0; id < source.pieces.size(); ++id) {
        const Piece& piece = source.pieces[id];
        if (piece.kind != PieceKind::normal || piece.bytes.empty()) continue;
        symbols.clear();
        bool known = true;
        for (std::string_view rest = piece.bytes; !rest.empty() && known;) {
            symbols.push_back(symbol(rest));
            known = symbols.back() != kNoId;
        }
        if (!known) continue;
        merger.merge(symbols);
        whole[id] = symbols.size() == 1 && symbols.front() == id;
    }
    return whole;
}

}  // namespace quire::tokenizer
