#include <array>

#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "lib/base/error.h"
#include "lib/tokenizer/spec/sentencepiece_bytes.h"

namespace quire::formats {

namespace {

constexpr std::uint32_t kBos = 1;
constexpr std::uint32_t kEos = 2;
constexpr std::size_t kFirstByte = 3;
constexpr std::size_t kFirstText = kFirstByte + 256;

// The exporter writes the two ends as "\n<s>\n" and "\n</s>\n".
constexpr std::array<const char*, kFirstByte> kControl{"<unk>", "<s>", "</s>"};

}  // namespace

tokenizer::TokenizerSpec from_llama2c(std::span<const Llama2cTokenizer::Piece> pieces,
                                      const std::string& where) {
    if (pieces.size() < kFirstText) {
        throw Error(ErrorCode::model, where,
                    "expected at least 259 pieces, found " + std::to_string(pieces.size()));
    }
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::sentencepiece_bpe;
    source.byte_fallback = true;
    source.space = " ";
    source.strip_spaces = 1;
    source.normalizer = {
        {.kind = tokenizer::NormalizerStep::Kind::prepend, .text = " ", .with = {}}};
    for (std::size_t id = 0; id < pieces.size(); ++id) {
        const std::string piece(pieces[id].text);
        source.scores.push_back(pieces[id].score);
        if (id < kFirstByte) {
            source.pieces.push_back({kControl[id], tokenizer::PieceKind::control});
            source.added.push_back(
                {.id = static_cast<std::uint32_t>(id), .content = kControl[id], .special = true});
        } else if (id < kFirstText) {
            const std::optional<char> byte = tokenizer::byte_of_piece(piece);
            if (!byte || static_cast<unsigned char>(*byte) != id - kFirstByte) {
                throw Error(ErrorCode::model, where,
                            "piece " + std::to_string(id) + ": expected byte " +
                                std::to_string(id - kFirstByte) + ", found " + piece);
            }
            source.pieces.push_back({std::string(1, *byte), tokenizer::PieceKind::byte});
        } else {
            source.pieces.push_back({piece});
        }
    }
    source.bos_id = kBos;
    source.eos_ids = {kEos};
    source.prefix_ids = {kBos};
    return source;
}

}  // namespace quire::formats
