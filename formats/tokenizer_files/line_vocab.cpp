#include "formats/tokenizer_files/line_vocab.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "formats/tokenizer_files/fancy_pattern.h"
#include "lib/base/base64.h"
#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/text/byte_level.h"
#include "lib/text/unicode_facts.h"

namespace quire::formats {

namespace {

using text::PieceKind;
using text::TextStep;

// Ids that no token has are holes, but a small file must not claim billions of them.
constexpr std::size_t kMaxHoles = 1 << 20;

[[noreturn]] void fail(const std::string& where, std::size_t line, const std::string& message) {
    throw Error(ErrorCode::model, where, "line " + std::to_string(line + 1) + ": " + message);
}

// Calls take(line, index) for each line, without its end.
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

void add_bert_steps(text::TokenizerSource& source, bool lowercase, bool strip_accents) {
    const auto add = [&](TextStep::Kind kind) { source.normalizer.push_back({.kind = kind}); };
    add(TextStep::Kind::bert_clean);
    add(TextStep::Kind::bert_cjk);
    if (strip_accents) {
        add(TextStep::Kind::nfd);
        add(TextStep::Kind::strip_nonspacing);
    }
    if (lowercase) add(TextStep::Kind::lowercase);
    const std::string marks = text::class_ranges(text::kPunctuation);
    source.split = {"\\s+|[^\\s" + marks + "]+|[" + marks + "]", "\\s+"};
    source.split.back().drop_matches = true;
}

text::TokenizerSource parse_vocab_txt(std::string_view text, bool lowercase,
                                      const std::string& where) {
    text::TokenizerSource source;
    source.kind = text::TokenizerKind::word_piece;
    source.decoding = text::TokenizerSource::Decoding::word_pieces;
    source.clean_up = true;
    add_bert_steps(source, lowercase, lowercase);
    std::optional<std::uint32_t> cls;
    std::optional<std::uint32_t> sep;
    for_lines(text, [&](std::string_view line, std::size_t index) {
        if (!base::is_utf8(line)) fail(where, index, "expected UTF-8");
        const auto id = static_cast<std::uint32_t>(index);
        text::Piece piece{std::string(line), line.empty() ? PieceKind::unused : PieceKind::normal};
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
    if (!source.unk_id) throw Error(ErrorCode::model, where, "expected a line [UNK]");
    if (cls) source.prefix_ids = {*cls};
    if (sep) source.suffix_ids = {*sep};
    return source;
}

TiktokenSettings known_tiktoken(const std::string& name) {
    // source: openai/tiktoken, tiktoken_ext/openai_public.py
    if (name == "r50k_base" || name == "p50k_base") {
        return {text::kGpt2Pattern, {{"<|endoftext|>", 50256}}};
    }
    if (name == "cl100k_base") {
        return {text::kLlama3Pattern,
                {{"<|endoftext|>", 100257},
                 {"<|fim_prefix|>", 100258},
                 {"<|fim_middle|>", 100259},
                 {"<|fim_suffix|>", 100260},
                 {"<|endofprompt|>", 100276}}};
    }
    if (name == "o200k_base") {
        return {text::kO200kPattern, {{"<|endoftext|>", 199999}, {"<|endofprompt|>", 200018}}};
    }
    return {};
}

text::TokenizerSource parse_tiktoken(std::string_view text, const TiktokenSettings& settings,
                                     const std::string& where) {
    text::TokenizerSource source;
    source.kind = text::TokenizerKind::byte_bpe;
    source.ignore_merges = true;
    source.split = {from_fancy_pattern(settings.pattern)};
    std::size_t n_tokens = 0;
    const auto place = [&](std::size_t id, text::Piece piece, std::size_t line) {
        if (id >= n_tokens + settings.specials.size() + kMaxHoles) {
            fail(where, line, "expected ranks without large gaps, found " + std::to_string(id));
        }
        if (id >= source.pieces.size()) {
            source.pieces.resize(id + 1, {.bytes = {}, .kind = PieceKind::unused});
        }
        if (!source.pieces[id].bytes.empty()) {
            fail(where, line, "a second token with id " + std::to_string(id));
        }
        source.pieces[id] = std::move(piece);
    };
    for_lines(text, [&](std::string_view line, std::size_t index) {
        if (line.empty()) return;
        const std::size_t space = line.find(' ');
        const std::optional<std::string> bytes = base::decode_base64(line.substr(0, space));
        if (space == std::string_view::npos || !bytes || bytes->empty()) {
            fail(where, index, "expected a token in base64, a space and its rank");
        }
        const std::string_view digits = line.substr(space + 1);
        std::uint32_t rank = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), rank);
        if (error != std::errc{} || end != digits.data() + digits.size()) {
            fail(where, index, "expected a rank, found " + std::string(digits));
        }
        ++n_tokens;
        place(rank, {*bytes}, index);
    });
    if (n_tokens == 0) throw Error(ErrorCode::model, where, "expected tokens, found none");
    for (const auto& [content, id] : settings.specials) {
        place(id, {content, PieceKind::control}, 0);
        source.added.push_back({.id = id, .content = content, .special = true});
        if (content == "<|endoftext|>" || content == "<|end_of_text|>") source.eos_ids = {id};
    }
    source.scores.resize(source.pieces.size());
    for (std::size_t id = 0; id < source.scores.size(); ++id) {
        source.scores[id] = -static_cast<double>(id);
    }
    return source;
}

}  // namespace quire::formats
