#include "lib/text/encoder.h"

#include <algorithm>
#include <string>

#include "lib/base/error.h"

namespace quire::text {

namespace {

// Bytes behind a word's front from which a window of words may be read.
constexpr std::size_t kWindowBytes = kScanBytes + CachedWords::kReadable;

// A shorter text is not worth finding out how its words are cut as they are written.
constexpr std::size_t kMinRawBytes = 2048;

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

// Sets a pointer back to null at the end of a scope, also when an exception ends it.
template <typename T>
class ForScope {
  public:
    ForScope(T*& pointer, T& value) : pointer_(pointer) { pointer = &value; }
    ~ForScope() { pointer_ = nullptr; }
    ForScope(const ForScope&) = delete;
    ForScope& operator=(const ForScope&) = delete;

  private:
    T*& pointer_;
};

std::size_t origin_of(std::span<const std::size_t> origins, std::size_t place) {
    return origins.empty() ? place : origins[place];
}

}  // namespace

Encoder::Encoder(const Tokenizer& tokenizer)
    : parts_(tokenizer.parts()),
      word_starts_(word_starts_of(parts_.split.word_scan())),
      words_(tokenizer.parts()) {}

void Encoder::encode(std::string_view text, const EncodeOptions& options,
                     std::vector<std::uint32_t>& ids) {
    check_ranges(options.trusted, text.size());
    ids_ = &ids;
    const TokenizerSettings& settings = parts_.settings;
    const auto append = [&](const std::vector<std::uint32_t>& more) {
        if (options.add_special) ids.insert(ids.end(), more.begin(), more.end());
    };
    append(settings.prefix_ids);
    if (needs_no_repair(text)) {
        run(text, options, options.trusted);
    } else {
        const RepairedText repaired = repair_utf8(text);
        std::vector<TrustedRange> trusted;
        for (const TrustedRange& range : options.trusted) {
            trusted.push_back(
                {repaired.repaired_place(range.begin), repaired.repaired_place(range.end)});
        }
        run(repaired.text, options, trusted);
        if (spans_ != nullptr) {
            for (TokenSpan& span : *spans_) {
                span.begin = repaired.original_place(span.begin);
                span.end = repaired.original_place(span.end);
            }
        }
    }
    append(settings.suffix_ids);
}

std::vector<TokenSpan> Encoder::encode_spans(std::string_view text, const EncodeOptions& options) {
    std::vector<std::uint32_t> ids;
    std::vector<TokenSpan> spans;
    EncodeOptions inner = options;
    inner.add_special = false;
    {
        const ForScope wanted(spans_, spans);
        encode(text, inner, ids);
    }
    if (options.add_special) {
        const auto ends = [&](const std::vector<std::uint32_t>& of, std::size_t place) {
            std::vector<TokenSpan> result;
            for (const std::uint32_t id : of) result.push_back({id, place, place});
            return result;
        };
        const auto prefix = ends(parts_.settings.prefix_ids, 0);
        const auto suffix = ends(parts_.settings.suffix_ids, text.size());
        spans.insert(spans.begin(), prefix.begin(), prefix.end());
        spans.insert(spans.end(), suffix.begin(), suffix.end());
    }
    return spans;
}

void Encoder::run(std::string_view text, const EncodeOptions& options,
                  std::span<const TrustedRange> trusted) {
    trust_all_ = options.trust_all;
    continues_ = options.continues;
    text_ = text;
    trusted_ = trusted;
    const auto trust_of = [&](std::size_t begin, std::size_t end) { return trust(begin, end); };
    std::size_t from = 0;
    AddedTokens::Match match;
    const auto section = [&](std::size_t end) {
        if (end > from) normalize(text.substr(from, end - from), from);
    };
    while (parts_.added.find(match, false, text, from, trust_of)) {
        section(match.begin);
        push(match.id, match.begin, match.end);
        from = match.end;
    }
    section(text.size());
}

Trust Encoder::trust(std::size_t begin, std::size_t end) const {
    if (trust_all_) return Trust::all;
    // The first range that ends behind `begin`: any overlap begins there.
    const auto range = std::partition_point(trusted_.begin(), trusted_.end(),
                                            [&](const TrustedRange& r) { return r.end <= begin; });
    if (range == trusted_.end() || range->begin >= end) return Trust::none;
    return range->begin <= begin && range->end >= end ? Trust::all : Trust::some;
}

// `offset`: of the section in the text.
void Encoder::normalize(std::string_view section, std::size_t offset) {
    const bool at_start = offset == 0 && !continues_;
    const bool continued = offset == 0 && continues_;
    const SectionPlace place{.at_start = at_start, .continued = continued};
    const TextSteps& steps = parts_.normalizer;
    if (parts_.added.empty(true)) {
        if (encode_raw(section, place)) return;
        if (steps.empty()) return prepare(section, at_start, continued, offset, {});
        if (spans_ == nullptr) {
            return prepare(steps.apply(section, place, normalized_), at_start, continued, offset,
                           {});
        }
    }
    const SteppedText stepped = steps.apply_traced(section, place);
    const auto trust_of = [&](std::size_t begin, std::size_t end) {
        return trust(offset + stepped.origins[begin], offset + stepped.origins[end]);
    };
    const std::string_view text = stepped.text;
    const Origins origins = stepped.origins;
    std::size_t from = 0;
    AddedTokens::Match match;
    const auto part = [&](std::size_t end) {
        if (end <= from) return;
        const bool first = stepped.origins[from] == 0;
        prepare(text.substr(from, end - from), at_start && first, continued && from == 0, offset,
                origins.subspan(from));
    };
    while (parts_.added.find(match, true, text, from, trust_of)) {
        part(match.begin);
        push(match.id, offset + origins[match.begin], offset + origins[match.end]);
        from = match.end;
    }
    part(text.size());
}

// False: the section has to go the long way.
bool Encoder::encode_raw(std::string_view section, SectionPlace place) {
    // Bytes need no steps; their common patterns have a quick way of their own.
    if (spans_ != nullptr || parts_.settings.kind == TokenizerKind::byte_bpe) return false;
    if (raw_words_ == nullptr) {
        if (text_.size() < kMinRawBytes) return false;
        raw_words_ = std::make_unique<RawWords>(parts_);
    }
    if (!raw_words_->any()) return false;
    std::size_t at = 0;
    if (!place.continued) {
        at = raw_words_->front_size(section);
        if (at > 0) {
            const std::string_view front = section.substr(0, at);
            prepare(parts_.normalizer.apply(front, place, normalized_), place.at_start, false, 0,
                    {});
        }
    }
    const std::string_view rest = section.substr(at);
    const std::size_t offset = static_cast<std::size_t>(rest.data() - text_.data());
    raw_words_->encode(rest, text_.size() - offset, *ids_);
    return true;
}

void Encoder::prepare(std::string_view section, bool at_start, bool continued, std::size_t offset,
                      Origins origins) {
    const SectionPlace place{.at_start = at_start, .continued = continued};
    const TextSteps& steps = parts_.prepare;
    if (spans_ == nullptr) return split(steps.apply(section, place, prepared_));
    if (steps.empty()) return split_traced(section, offset, origins);
    SteppedText stepped = steps.apply_traced(section, place);
    for (std::size_t& origin : stepped.origins) origin = origin_of(origins, origin);
    split_traced(stepped.text, offset, stepped.origins);
}

void Encoder::split(std::string_view section) {
    IdWriter ids(*ids_);
    Splitter words(parts_.split, section);
    words_.start();
    std::size_t at = 0;
    while (at < section.size()) {
        if (word_starts_ != nullptr && section.size() - at >= kWindowBytes) {
            const char* front = section.data() + at;
            const std::uint64_t starts = word_starts_(front);
            at += words_.add_window(front, starts, ids);
            if (starts != 0) continue;
        }
        words.skip_to(at);
        std::string_view word;
        if (!words.next(word)) break;
        words_.add(word, ids);
        at = static_cast<std::size_t>(word.data() - section.data()) + word.size();
    }
    words_.flush(ids);
}

void Encoder::split_traced(std::string_view section, std::size_t offset, Origins origins) {
    Splitter words(parts_.split, section);
    std::string_view word;
    std::vector<std::uint32_t> ids;
    while (words.next(word)) {
        auto begin = static_cast<std::size_t>(word.data() - section.data());
        ids.clear();
        words_.encode_new(word, ids);
        std::string_view rest = word;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            // The last one takes what is left: symbols that were dropped.
            const std::size_t length =
                i + 1 < ids.size() ? words_.words().covered(rest, ids[i]) : rest.size();
            const std::size_t end = begin + length;
            push(ids[i], offset + origin_of(origins, begin), offset + origin_of(origins, end));
            rest.remove_prefix(length);
            begin = end;
        }
    }
}

void Encoder::push(std::uint32_t id, std::size_t begin, std::size_t end) {
    ids_->push_back(id);
    if (spans_ != nullptr) spans_->push_back({id, begin, end});
}

}  // namespace quire::text
