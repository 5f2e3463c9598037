// A tokenizer as a checkpoint describes it: pure data, filled by the readers of formats/ and turned
// into tables by build_tables(). Nothing here is used while text is tokenized.
//
// Text becomes ids in this order:
//   1. added tokens that are not `normalized` are looked for in the text as it is;
//   2. what lies between them goes through `normalizer`, then the `normalized` ones are looked for;
//   3. what lies between those goes through `prepare`, then is cut into words by `split`;
//   4. if there is a word stage, each word goes through its steps and is cut again;
//   5. each word becomes ids by the model: by its symbols (bytes or characters), which are merged
//      by rank, or by the pieces of the vocabulary that it is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quire::tokenizer {

enum class TokenizerKind : std::uint8_t {
    byte_bpe,           // symbols are bytes
    sentencepiece_bpe,  // symbols are characters, with bytes as the fallback
    word_piece,         // the longest piece at the front of a word, then of its rest
    unigram,            // the pieces of the highest sum of scores
    word_level,         // a word is a piece
};

enum class PieceKind : std::uint8_t {
    normal,        // the model makes it of text, even if it is an added token as well
    control,       // found only where text is trusted; decodes to nothing
    user_defined,  // an added token that the model does not know: only the search finds it
    byte,          // one byte, of a byte fallback
    unused,        // a hole, or a piece that text cannot become
};

struct Piece {
    std::string
        bytes;  // what the token stands for; of a byte_bpe the real bytes, of PieceKind::byte one
    PieceKind kind = PieceKind::normal;
};

// An adjacent pair `left`, `right` becomes `merged`; the pair of lowest rank first, of equal ranks
// the leftmost.
struct Merge {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint32_t rank = 0;
    std::uint32_t merged = 0;
};

// A change of the text of one section. A section that is empty stays empty, but for the last two
// kinds.
struct NormalizerStep {
    enum class Kind : std::uint8_t {
        // clang-format off
        prepend,             // `text` before the section
        prepend_if_missing,  // the same unless it begins with `text` already
        replace,             // each `text`, from the left, by `with`
        nfc, nfd, nfkc, nfkd,  // normal forms of Unicode
        lowercase,           // each code point by itself
        strip_marks,         // without code points of categories M
        strip_nonspacing,    // without those of category Mn, as BertNormalizer has it
        strip_left,          // no white space at the front
        strip_right,         // nor at the end
        bert_clean,          // no controls; any white space is a space
        bert_cjk,            // spaces around each CJK ideograph
        nmt,                 // no controls; several invisible characters are spaces
        charsmap,            // the map of the source, as `tokenizers` applies it
        charsmap_longest,    // the same as SentencePiece applies it
        symbols,             // the same with the map of the source, if any, but added tokens with
                             // `keeps` stay as they are
        symbols_squeezed,    // the same, and of several spaces only the first stays; those inside what
                             // a sequence becomes, or inside a token, all stay
        replace_pattern,     // each match of the pattern `text` (split_regex.h) by `with`
        whitespace_words,    // `text` before each word between white space, unless the word begins with
                             // it, and no white space
        squeeze_spaces,      // no spaces at the front and the end, and one for several
        strip_end,           // no `text` at the end, however often
        end_once,            // `text` at the end exactly once
        prepend_always,      // `text` before the section, even if a step before has emptied it
        append_always,       // `text` behind the section, likewise
        // clang-format on
    };
    Kind kind = Kind::prepend;
    std::string text = {};       // prepend, prepend_if_missing, replace
    std::string with = {};       // replace
    bool at_start_only = false;  // prepend_if_missing: only where the section starts the whole text

    bool operator==(const NormalizerStep&) const = default;
};

// Cuts text into words at the matches of a pattern (split_regex.h); what lies between two matches
// is a word too. Either may be dropped.
struct SplitStep {
    SplitStep(const char* words) : pattern(words) {}
    SplitStep(std::string words) : pattern(std::move(words)) {}

    std::string pattern;
    bool drop_matches = false;
    bool drop_gaps = false;
    // Reads not characters but bytes, each as what stands for it in a byte-level vocabulary, and
    // may cut inside a character. No other step comes after it.
    bool of_bytes = false;

    bool operator==(const SplitStep&) const = default;
};

// A token that is looked for in the text before anything else happens to it.
struct AddedToken {
    std::uint32_t id = 0;
    std::string content;      // as the text spells it
    bool special = false;     // recognised only where the text is trusted
    bool normalized = false;  // looked for after normalization
    bool strip_left = false;  // takes the white space before it along
    bool strip_right = false;
    bool single_word = false;    // found only where no letter, digit or the like stands beside it
    bool as_normalized = false;  // of a normalized one: the content is what the normalizer gives
    bool keeps = false;          // the steps `symbols` and `symbols_squeezed` leave it as it is
    bool searched = true;        // false: only that
};

// A second round of cutting, inside each word: what a pre-tokenizer of `tokenizers` that changes
// text does behind one that cuts it.
struct WordStage {
    std::vector<NormalizerStep> steps;  // a word is a section for them
    std::vector<SplitStep> split;

    bool operator==(const WordStage&) const = default;
};

struct TokenizerSpec {
    TokenizerKind kind = TokenizerKind::byte_bpe;
    std::vector<Piece> pieces;  // index: id
    std::vector<AddedToken> added;
    std::vector<NormalizerStep> normalizer;
    std::vector<NormalizerStep> prepare;
    std::vector<SplitStep> split;  // applied one after the other
    std::optional<WordStage> word_stage;

    // Either merges, or scores: then any two pieces whose concatenation is a piece merge, the
    // highest score first.
    std::vector<Merge> merges;
    std::vector<double> scores;  // empty, or one per piece
    bool ignore_merges = false;  // a word that is a piece is that piece, whatever the merges

    // sentencepiece_bpe, unigram: a character that is no piece becomes the pieces of its bytes if
    // there is one for each of them. Of unigram all neighbouring characters that are no pieces go
    // together.
    bool byte_fallback = false;
    std::optional<std::uint32_t> unk_id;  // of a symbol that is no piece; nothing: it is dropped
    bool fuse_unk = false;  // neighbouring unknown symbols are one; of word_level, words

    // byte_bpe, sentencepiece_bpe: what pieces that end a word have behind them ("</w>").
    std::string word_suffix;

    // unigram: what a character costs that is no piece, and whether sums are in 32 bits, as in
    // SentencePiece, or in 64, as in `tokenizers`.
    double unk_score = 0;
    bool single_precision = false;
    std::string charsmap;  // SentencePiece's precompiled map, for the text steps that name it

    // word_piece
    std::string continuing_prefix = "##";     // of pieces inside a word
    std::uint32_t max_word_characters = 100;  // a longer word is unknown

    // How ids become text: piece after piece; as words, with a space between; as words made of
    // pieces, where what continues a word loses its prefix; or piece after piece with a space for
    // each word_suffix, but none at the end.
    enum class Decoding : std::uint8_t { pieces, words, word_pieces, suffixed };
    Decoding decoding = Decoding::pieces;
    bool clean_up = false;         // words, word_pieces: no space before punctuation and "n't"
    bool first_spaceless = false;  // pieces: the first piece without its spaces

    std::string space = " ";         // what stands for a space inside pieces: " " or U+2581
    std::uint32_t strip_spaces = 0;  // spaces to take off the front when ids become text

    std::vector<std::uint32_t> prefix_ids;  // put around a text when the caller asks for it
    std::vector<std::uint32_t> suffix_ids;
    std::optional<std::uint32_t> bos_id;
    std::vector<std::uint32_t> eos_ids;  // each ends a text
};

}  // namespace quire::tokenizer
