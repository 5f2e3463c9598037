#include "formats/tokenizer/vocab_files/line_vocab.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "lib/base/base64.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/unicode/facts.h"

namespace quire::formats {

namespace {

using tokenizer::NormalizerStep;
using tokenizer::PieceKind;

[[noreturn]] void fail(const std::string& where, std::size_t line, const std::string& message) {
    throw Error(ErrorCode::model, where, "line " + std::to_string(line + 1) + ": " + message);
}

// Calls take(line, index) for each line, without the line end.
template <typename Take>
void for_lines(std::string_view text, const Take& take) {
    for (std::size_t index = 0; !text.empty(); ++index) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        take(line, index);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

}  // namespace

void add_bert_steps(tokenizer::TokenizerSpec& source, bool lowercase, bool strip_accents) {
    const auto add = [&](NormalizerStep::Kind kind) {
        source.normalizer.push_back({.kind = kind});
    };
    add(NormalizerStep::Kind::bert_clean);
    add(NormalizerStep::Kind::bert_cjk);
    if (strip_accents) {
        add(NormalizerStep::Kind::nfd);
        add(NormalizerStep::Kind::strip_nonspacing);
    }
    if (lowercase) add(NormalizerStep::Kind::lowercase);
    const std::string& marks = unicode::class_ranges(unicode::kPunctuation);
    source.pre_tokenizer = {"\\s+|[^\\s" + marks + "]+|[" + marks + "]", "\\s+"};
    source.pre_tokenizer.back().drop_matches = true;
}

tokenizer::TokenizerSpec parse_vocab_txt(std::string_view text, bool lowercase,
                                         const std::string& where) {
    tokenizer::TokenizerSpec source;
    source.kind = tokenizer::TokenizerKind::word_piece;
    source.decoding = tokenizer::TokenizerSpec::Decoding::word_pieces;
    source.clean_up = true;
    add_bert_steps(source, lowercase, lowercase);
    std::optional<std::uint32_t> cls;
    std::optional<std::uint32_t> sep;
    for_lines(text, [&](std::string_view line, std::size_t index) {
        if (!base::is_utf8(line)) fail(where, index, "expected UTF-8");
        const auto id = static_cast<std::uint32_t>(index);
        tokenizer::Piece piece{std::string(line),
                               line.empty() ? PieceKind::unused : PieceKind::normal};
        constexpr std::array<std::string_view, 5> kControl{"[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                                           "[MASK]"};
        if (std::find(kControl.begin(), kControl.end(), line) != kControl.end()) {
            piece.kind = PieceKind::control;
            source.added.push_back({.id = id, .content = piece.bytes, .special = true});
        }
        if (line == "[UNK]") source.unk_id = id;
        if (line == "[CLS]") cls = id;
        if (line == "[SEP]") sep = id;
        source.pieces.push_back(std::move(piece));
    });
    if (!source.unk_id)
        throw Error(ErrorCode::model, where,
                    "expected a vocabulary with a piece in each line, found no line [UNK]");
    if (cls) source.prefix_ids = {*cls};
    if (sep) source.suffix_ids = {*sep};
    return source;
}

std::vector<RankedToken> parse_tiktoken_lines(std::string_view text, const std::string& where) {
    std::vector<RankedToken> tokens;
    for_lines(text, [&](std::string_view line, std::size_t index) {
        if (line.empty()) return;
        const std::size_t space = line.find(' ');
        const std::string_view encoded = line.substr(0, space);
        // Python's decoder takes padding without preceding digits for an empty token.
        const bool is_empty =
            !encoded.empty() && encoded.find_first_not_of('=') == std::string_view::npos;
        const std::optional<std::string> bytes =
            is_empty ? std::string() : base::decode_base64(encoded);
        if (space == std::string_view::npos || !bytes || (bytes->empty() && !is_empty)) {
            fail(where, index,
                 "expected a token in base64, a space and its rank, found " + base::quoted(line));
        }
        const std::string_view digits = line.substr(space + 1);
        std::uint32_t rank = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), rank);
        if (error != std::errc{} || end != digits.data() + digits.size()) {
            fail(where, index, "expected a rank, found " + base::quoted(digits));
        }
        tokens.push_back({*bytes, rank, index});
    });
    return tokens;
}

tokenizer::TokenizerSpec parse_tiktoken(std::string_view text, const TiktokenSettings& settings,
                                        const std::string& where) {
    return from_ranked_tokens(parse_tiktoken_lines(text, where), settings, 0, where);
}

}  // namespace quire::formats
