#include "lib/text/tokenizer.h"

#include <algorithm>
#include <limits>

#include "lib/base/error.h"
#include "lib/base/utf8.h"
#include "lib/text/bpe.h"
#include "lib/text/text_steps.h"
#include "lib/text/tokenizer_tables.h"
#include "lib/text/word_cache.h"

namespace quire::text {

namespace {

// Shorter texts repeat too few words to pay for a cache.
constexpr std::size_t kCacheFrom = 4096;

ArrayView<std::uint32_t> read_byte_ids(base::Bytes bytes, std::uint32_t n_pieces,
                                       const std::string& where) {
    base::ByteReader reader(bytes, where);
    const ArrayView<std::uint32_t> ids(reader, 256, "ids");
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] != kNoId && ids[i] >= n_pieces) reader.fail("id out of range");
    }
    return ids;
}

void check_ranges(std::span<const TrustedRange> ranges, std::size_t text_size) {
    std::size_t at = 0;
    for (const TrustedRange& range : ranges) {
        if (range.begin < at || range.end < range.begin || range.end > text_size) {
            throw Error(ErrorCode::input, "trusted ranges",
                        "expected them in order and inside the text");
        }
        at = range.end;
    }
}

// Puts U+FFFD in the place of what is not UTF-8 and moves the ranges along.
std::string repair_utf8(std::string_view text, std::vector<TrustedRange>& ranges) {
    std::string repaired;
    auto range = ranges.begin();
    bool inside = false;
    // Ends and begins that lie at or before `at` now lie at the end of what is repaired so far.
    const auto move_ranges = [&](std::size_t at) {
        while (range != ranges.end()) {
            if (!inside) {
                if (range->begin > at) return;
                range->begin = repaired.size();
                inside = true;
            }
            if (range->end > at) return;
            range->end = repaired.size();
            inside = false;
            ++range;
        }
    };
    std::size_t at = 0;
    while (at < text.size()) {
        move_ranges(at);
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        const auto length = static_cast<std::size_t>(c.length);
        if (c.valid) {
            repaired.append(text, at, length);
        } else {
            base::append_utf8(repaired, 0xFFFD);
        }
        at += length;
    }
    move_ranges(at);
    return repaired;
}

bool is_ascii(std::string_view text) {
    std::size_t i = 0;
    for (; i + 8 <= text.size(); i += 8) {
        std::uint64_t block = 0;
        std::memcpy(&block, text.data() + i, 8);
        if ((block & 0x8080808080808080) != 0) return false;
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

// One call of encode(): the text on its way to ids.
class Tokenizer::Encoder {
  public:
    Encoder(const Tokenizer& tokenizer, std::vector<std::uint32_t>& ids)
        : tokenizer_(tokenizer),
          settings_(tokenizer.settings_),
          merger_(tokenizer.merges_),
          ids_(ids) {}

    void run(std::string_view text, bool trust_all, std::span<const TrustedRange> trusted) {
        trust_all_ = trust_all;
        trusted_ = trusted;
        use_cache_ = text.size() >= kCacheFrom;
        const auto trust_of = [&](std::size_t begin, std::size_t end) { return trust(begin, end); };
        for_sections(text, false, trust_of, [&](std::size_t begin, std::size_t end) {
            normalize(text.substr(begin, end - begin), begin);
        });
    }

  private:
    // Pushes the added tokens found in `text` and calls `section` for what lies between them.
    template <typename Section>
    void for_sections(std::string_view text, bool normalized, const AddedTokens::TrustOf& trust_of,
                      const Section& section) {
        std::size_t from = 0;
        AddedTokens::Match match;
        while (tokenizer_.added_.find(match, normalized, text, from, trust_of)) {
            if (match.begin > from) section(from, match.begin);
            ids_.push_back(match.id);
            from = match.end;
        }
        if (from < text.size()) section(from, text.size());
    }

    Trust trust(std::size_t begin, std::size_t end) const {
        if (trust_all_) return Trust::all;
        // The first range that ends behind `begin`: any overlap begins there.
        const auto range =
            std::partition_point(trusted_.begin(), trusted_.end(),
                                 [&](const TrustedRange& r) { return r.end <= begin; });
        if (range == trusted_.end() || range->begin >= end) return Trust::none;
        return range->begin <= begin && range->end >= end ? Trust::all : Trust::some;
    }

    // `offset`: of the section in the text.
    void normalize(std::string_view section, std::size_t offset) {
        const bool at_start = offset == 0;
        if (tokenizer_.added_.empty(true)) {
            if (settings_.normalizer.empty()) return prepare(section, at_start);
            return prepare(apply_steps(settings_.normalizer, section, at_start), at_start);
        }
        const SteppedText stepped = apply_steps_traced(settings_.normalizer, section, at_start);
        const auto trust_of = [&](std::size_t begin, std::size_t end) {
            return trust(offset + stepped.origins[begin], offset + stepped.origins[end]);
        };
        for_sections(stepped.text, true, trust_of, [&](std::size_t begin, std::size_t end) {
            const std::string_view part = std::string_view(stepped.text).substr(begin, end - begin);
            prepare(part, at_start && stepped.origins[begin] == 0);
        });
    }

    void prepare(std::string_view section, bool at_start) {
        if (settings_.prepare.empty()) return split(section);
        split(apply_steps(settings_.prepare, section, at_start));
    }

    void split(std::string_view section) {
        Splitter words(tokenizer_.split_, section);
        std::string_view word;
        while (words.next(word)) {
            if (!use_cache_) {
                encode_word(word);
                continue;
            }
            const std::span<const std::uint32_t> known = cache_.find(word);
            if (!known.empty()) {
                ids_.insert(ids_.end(), known.begin(), known.end());
                continue;
            }
            const std::size_t before = ids_.size();
            encode_word(word);
            cache_.put(word, std::span<const std::uint32_t>(ids_).subspan(before));
        }
    }

    void encode_word(std::string_view word) {
        if (word.size() >= std::numeric_limits<std::uint32_t>::max()) {
            throw Error(ErrorCode::input, "text", "expected words below 4 GiB");
        }
        if (settings_.ignore_merges) {
            if (const auto id = tokenizer_.index_.find_text(word)) {
                ids_.push_back(*id);
                return;
            }
        }
        symbols_.clear();
        unknown_before_ = false;
        switch (settings_.kind) {
            case TokenizerKind::byte_bpe:
                for (const char c : word) push_byte(static_cast<unsigned char>(c));
                break;
            case TokenizerKind::sentencepiece_bpe:
                push_characters(word);
                break;
        }
        merger_.merge(symbols_);
        ids_.insert(ids_.end(), symbols_.begin(), symbols_.end());
    }

    void push_byte(unsigned char byte) {
        const std::uint32_t id = tokenizer_.byte_ids_[byte];
        if (id == kNoId) {
            push_unknown();
        } else {
            push_symbol(id);
        }
    }

    void push_characters(std::string_view word) {
        while (!word.empty()) {
            const auto length = static_cast<std::size_t>(base::decode_utf8(word).length);
            const std::string_view character = word.substr(0, length);
            if (const auto id = tokenizer_.index_.find_text(character)) {
                push_symbol(*id);
            } else if (settings_.byte_fallback) {
                for (const char c : character) push_byte(static_cast<unsigned char>(c));
            } else {
                push_unknown();
            }
            word.remove_prefix(length);
        }
    }

    void push_symbol(std::uint32_t id) {
        symbols_.push_back(id);
        unknown_before_ = false;
    }

    void push_unknown() {
        if (!settings_.unk_id) return;
        if (!(settings_.fuse_unk && unknown_before_)) symbols_.push_back(*settings_.unk_id);
        unknown_before_ = true;
    }

    const Tokenizer& tokenizer_;
    const TokenizerSettings& settings_;
    BpeMerger merger_;
    std::vector<std::uint32_t>& ids_;
    bool trust_all_ = false;
    std::span<const TrustedRange> trusted_;
    bool use_cache_ = false;
    WordCache cache_;
    std::vector<std::uint32_t> symbols_;
    bool unknown_before_ = false;
};

Tokenizer::Tokenizer(const TableSource& tables)
    : settings_(read_settings(base::as_text(tables("tokenizer")), "tokenizer")),
      pieces_(tables("tokenizer.pieces"), "tokenizer.pieces"),
      index_(tables("tokenizer.index"), pieces_, "tokenizer.index"),
      merges_(tables("tokenizer.merges"), pieces_.size(), "tokenizer.merges"),
      byte_ids_(read_byte_ids(tables("tokenizer.bytes"), pieces_.size(), "tokenizer.bytes")),
      split_(tables("tokenizer.split"), "tokenizer.split"),
      added_(tables("tokenizer.added"), pieces_.size(), "tokenizer.added") {
    if (settings_.n_pieces != pieces_.size()) {
        throw Error(ErrorCode::model, "tokenizer.pieces",
                    "expected " + std::to_string(settings_.n_pieces) + " pieces, found " +
                        std::to_string(pieces_.size()));
    }
}

std::vector<std::uint32_t> Tokenizer::encode(std::string_view text,
                                             const EncodeOptions& options) const {
    check_ranges(options.trusted, text.size());
    std::vector<std::uint32_t> ids;
    if (options.add_special) ids = settings_.prefix_ids;
    Encoder encoder(*this, ids);
    if (is_ascii(text) || base::is_utf8(text)) {
        encoder.run(text, options.trust_all, options.trusted);
    } else {
        std::vector<TrustedRange> ranges(options.trusted.begin(), options.trusted.end());
        const std::string repaired = repair_utf8(text, ranges);
        encoder.run(repaired, options.trust_all, ranges);
    }
    if (options.add_special) {
        ids.insert(ids.end(), settings_.suffix_ids.begin(), settings_.suffix_ids.end());
    }
    return ids;
}

}  // namespace quire::text
