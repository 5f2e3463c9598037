// A tokenizer as a checkpoint describes it: plain data, filled in by the readers in
// formats/tokenizer and turned into tables by build_tables(). Not used while text is tokenized.
//
// Text becomes ids in this order:
//   1. added tokens that are not `normalized` are searched for in the original text;
//   2. the text between them goes through `normalizer`, then `normalized` added tokens are searched
//      for;
//   3. the text between those goes through `pre_normalizer` (the changes that pre-tokenizers make to
//      text), then `pre_tokenizer` cuts it into words;
//   4. if there is a word stage, each word goes through its steps and is cut again;
//   5. the model turns each word into ids: BPE starts from symbols (bytes or characters) and merges
//      them by rank; the other kinds choose pieces of the vocabulary that spell the word.
// docs/tokenizer.md follows a text through the code.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace quire::tokenizer {

enum class TokenizerKind : std::uint8_t {
    byte_bpe,           // symbols are bytes
    sentencepiece_bpe,  // symbols are characters; those not in the vocabulary become bytes
    word_piece,         // the longest piece at the front of a word, then of the rest, and so on
    unigram,            // the pieces with the highest sum of scores
    word_level,         // each word is one piece
};

enum class PieceKind : std::uint8_t {
    normal,        // made from text by the model, whether or not it is also an added token
    control,       // found only where text is trusted; decodes to nothing
    user_defined,  // an added token unknown to the model: only the search finds it
    byte,          // a single byte, for byte fallback
    unused,        // an unassigned id, or a piece that text cannot become
};

struct Piece {
    // Text of the token: real bytes for byte_bpe, one byte for PieceKind::byte.
    std::string bytes;
    PieceKind kind = PieceKind::normal;
};

// The adjacent pair `left`, `right` becomes `merged`. The pair of lowest rank merges first; of
// equal ranks, the leftmost.
struct Merge {
    std::uint32_t left = 0;
    std::uint32_t right = 0;
    std::uint32_t rank = 0;
    std::uint32_t merged = 0;
};

// One change to the text of a section (a stretch of text between added tokens). An empty section
// stays empty, except with the last two kinds.
struct NormalizerStep {
    enum class Kind : std::uint8_t {
        prepend,             // put `text` before the section
        prepend_if_missing,  // the same, unless the section already begins with `text`
        replace,             // replace each `text`, from the left, by `with`
        nfc,                 // this and the next three: Unicode normal forms
        nfd,
        nfkc,
        nfkd,
        lowercase,         // each code point on its own
        strip_marks,       // remove code points of categories M
        strip_nonspacing,  // remove those of category Mn, as BertNormalizer does
        strip_left,        // remove white space at the front
        strip_right,       // remove white space at the end
        bert_clean,        // remove control characters, and make all white space spaces
        bert_cjk,          // put spaces around each CJK ideograph
        nmt,               // remove control characters, and make some invisible characters spaces
        charsmap,          // apply `charsmap` of the spec as `tokenizers` does
        charsmap_longest,  // apply it as SentencePiece does
        symbols,  // the same if there is a charsmap, but leave added tokens with `keeps` unchanged
        // The same, and keep only the first of several spaces, except inside what a sequence
        // becomes and inside a token. Text that is deleted whole, not being spaces, becomes a space.
        symbols_squeezed,
        replace_pattern,  // replace each match of the pattern `text` (split_regex.h) by `with`
        // Put `text` before each white-space-separated word that does not begin with it, and remove
        // the white space.
        whitespace_words,
        squeeze_spaces,  // remove spaces at both ends, and keep one of several elsewhere
        strip_end,       // remove every `text` at the end
        end_once,        // make the section end in exactly one `text`
        prepend_always,  // put `text` before the section, even if an earlier step emptied it
        append_always,   // put `text` after the section, even if an earlier step emptied it
    };
    Kind kind = Kind::prepend;
    std::string text = {};  // for the kinds above that mention it
    std::string with = {};  // replace, replace_pattern
    // prepend_if_missing: only for the section that starts the whole text
    bool at_start_only = false;

    bool operator==(const NormalizerStep&) const = default;
};

// Cuts text into words at the matches of a pattern (split_regex.h). The gaps between matches are
// words too. Either matches or gaps may be dropped.
struct SplitStep {
    SplitStep(const char* words) : pattern(words) {}
    SplitStep(std::string words) : pattern(std::move(words)) {}

    std::string pattern;
    bool drop_matches = false;
    bool drop_gaps = false;
    // Reads bytes instead of characters, each as its stand-in in a byte-level vocabulary, and may
    // cut inside a character. No step that reads characters may follow.
    bool of_bytes = false;

    bool operator==(const SplitStep&) const = default;
};

// A token that is searched for in the text before anything else happens to it.
struct AddedToken {
    std::uint32_t id = 0;
    std::string content;      // as it appears in text
    bool special = false;     // recognized only where the text is trusted
    bool normalized = false;  // searched for after normalization
    bool strip_left = false;  // also takes the white space before it
    bool strip_right = false;
    // found only where it does not touch a letter, digit or similar character
    bool single_word = false;
    bool as_normalized = false;  // if `normalized`: `content` is normalized already
    bool keeps = false;          // the steps `symbols` and `symbols_squeezed` leave it unchanged
    bool searched = true;        // false: never searched for, only kept
};

// A second round of cutting, inside each word. It stands for a pre-tokenizer of `tokenizers` that
// changes text and comes after one that cuts it.
struct WordStage {
    std::vector<NormalizerStep> steps;  // each word is a section for them
    std::vector<SplitStep> pre_tokenizer;

    bool operator==(const WordStage&) const = default;
};

struct TokenizerSpec {
    TokenizerKind kind = TokenizerKind::byte_bpe;
    std::vector<Piece> pieces;  // indexed by id
    std::vector<AddedToken> added;
    std::vector<NormalizerStep> normalizer;
    std::vector<NormalizerStep> pre_normalizer;  // "prepare" in files
    std::vector<SplitStep> pre_tokenizer;        // applied one after another
    std::optional<WordStage> word_stage;

    // Give either merges or scores. With scores, any two pieces whose concatenation is a piece
    // merge, the highest score first.
    std::vector<Merge> merges;
    std::vector<double> scores;  // empty, or one score per piece
    // a word that is a piece becomes that piece, regardless of the merges
    bool ignore_merges = false;

    // sentencepiece_bpe, unigram: a character that is not a piece becomes the pieces of its bytes
    // if all of them exist. unigram decides this for each run of such characters as a whole.
    bool byte_fallback = false;
    // for a symbol that is not a piece; if absent, the symbol is dropped
    std::optional<std::uint32_t> unk_id;
    bool fuse_unk = false;  // adjacent unknown symbols (word_level: words) become one token

    // byte_bpe, sentencepiece_bpe: the suffix of pieces that end a word ("</w>").
    std::string word_suffix;

    // unigram: pieces from this id on are found in text like the others, but become unk_id, because
    // the model has no token for them; 0: there are none
    std::uint32_t n_tokens = 0;

    // unigram: the cost of a character that is not a piece, and whether sums are 32-bit as in
    // SentencePiece or 64-bit as in `tokenizers`.
    double unk_score = 0;
    bool single_precision = false;
    std::string charsmap;  // SentencePiece's precompiled map, for the normalizer steps that name it

    // word_piece
    std::string continuing_prefix = "##";     // prefix of pieces inside a word
    std::uint32_t max_word_characters = 100;  // a longer word is unknown

    // How ids become text:
    //   pieces       piece after piece
    //   words        with a space between pieces
    //   word_pieces  the same, but a piece with continuing_prefix joins the word before it
    //   suffixed     piece after piece, with each word_suffix a space, but none at the end
    enum class Decoding : std::uint8_t { pieces, words, word_pieces, suffixed };
    Decoding decoding = Decoding::pieces;
    bool clean_up = false;         // words, word_pieces: no space before punctuation and "n't"
    bool first_spaceless = false;  // pieces: remove the spaces of the first piece

    std::string space = " ";         // the character for a space inside pieces: " " or U+2581
    std::uint32_t strip_spaces = 0;  // spaces to remove from the front of decoded text

    std::vector<std::uint32_t> prefix_ids;  // added around a text when the caller asks for it
    std::vector<std::uint32_t> suffix_ids;
    // Of a pair of texts, between the two; empty: nothing says how pairs are written. Not part of a
    // tokenizer's tables: the models that read pairs store it.
    std::vector<std::uint32_t> pair_ids;
    bool pair_has_kinds = false;  // tokens of the second text are of the second kind
    std::optional<std::uint32_t> bos_id;
    std::vector<std::uint32_t> eos_ids;  // each of them ends a text
    // Tokens that a model must not generate; ids of its logits, also beyond `pieces`.
    std::vector<std::uint32_t> suppressed_ids;
};

}  // namespace quire::tokenizer
