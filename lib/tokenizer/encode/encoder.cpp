#include "lib/tokenizer/encode/encoder.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "lib/base/error.h"

namespace quire::tokenizer {

namespace {

// Bytes behind a word's front from which a window of words may be read.
constexpr std::size_t kWindowBytes = kScanBytes + WordLookup::kReadable;

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

bool looks_at_start(const std::vector<NormalizerStep>& steps) {
    return std::any_of(steps.begin(), steps.end(),
                       [](const NormalizerStep& step) { return step.at_start_only; });
}

std::size_t origin_of(std::span<const std::size_t> origins, std::size_t place) {
    return origins.empty() ? place : origins[place];
}

}  // namespace

Encoder::Encoder(const Tokenizer& tokenizer)
    : parts_(tokenizer.parts()),
      word_starts_(word_starts_of(parts_.split.word_scan())),
      looks_at_start_(
          looks_at_start(parts_.settings.word_steps) ||
          (looks_at_start(parts_.settings.prepare) && !parts_.settings.normalizer.empty())),
      words_(tokenizer.parts()) {}

void Encoder::encode(std::string_view text, const EncodeOptions& options,
                     std::vector<std::uint32_t>& ids) {
    const TokenizerConfig& settings = parts_.settings;
    const auto append = [&](const std::vector<std::uint32_t>& more) {
        if (options.add_special) ids.insert(ids.end(), more.begin(), more.end());
    };
    append(settings.prefix_ids);
    encode(text, options, {.ids = ids});
    append(settings.suffix_ids);
}

std::vector<TokenSpan> Encoder::encode_spans(std::string_view text, const EncodeOptions& options) {
    std::vector<std::uint32_t> ids;
    std::vector<TokenSpan> spans;
    const auto append = [&](const std::vector<std::uint32_t>& more, std::size_t place) {
        if (!options.add_special) return;
        for (const std::uint32_t id : more) spans.push_back({id, place, place});
    };
    append(parts_.settings.prefix_ids, 0);
    encode(text, options, {.ids = ids, .spans = &spans});
    append(parts_.settings.suffix_ids, text.size());
    return spans;
}

// Without the prefix and suffix.
void Encoder::encode(std::string_view text, const EncodeOptions& options, Pass pass) {
    check_ranges(options.trusted, text.size());
    pass.trust_all = options.trust_all;
    pass.continues = options.continues;
    if (unicode::needs_no_repair(text)) {
        pass.text = text;
        pass.trusted = options.trusted;
        return run(pass);
    }
    const unicode::RepairedText repaired = unicode::repair_utf8(text);
    std::vector<TrustedRange> trusted;
    for (const TrustedRange& range : options.trusted) {
        trusted.push_back(
            {repaired.repaired_place(range.begin), repaired.repaired_place(range.end)});
    }
    pass.text = repaired.text;
    pass.trusted = trusted;
    const std::size_t n_before = pass.spans != nullptr ? pass.spans->size() : 0;
    run(pass);
    if (pass.spans == nullptr) return;
    for (std::size_t i = n_before; i < pass.spans->size(); ++i) {
        TokenSpan& span = (*pass.spans)[i];
        span.begin = repaired.original_place(span.begin);
        span.end = repaired.original_place(span.end);
    }
}

void Encoder::run(Pass& pass) {
    const std::string_view text = pass.text;
    const AddedTokens::TrustOf trust_of = [&](std::size_t begin, std::size_t end) {
        return pass.trust(begin, end);
    };
    std::size_t from = 0;
    const bool fuses_words =
        parts_.settings.kind == TokenizerKind::word_level && parts_.settings.fuse_unk;
    const auto section = [&](std::size_t end) {
        if (end <= from) return;
        const std::size_t n_ids = pass.ids.size();
        normalize(pass, {.text = text.substr(from, end - from),
                         .place = {.at_start = from == 0 && !pass.continues,
                                   .continued = from == 0 && pass.continues},
                         .offset = from});
        if (fuses_words) fuse_unknown(pass, n_ids);
    };
    AddedTokens::Search search(parts_.added, false, text, trust_of);
    for (AddedTokens::Match match; search.next(match); from = match.end) {
        section(match.begin);
        pass.push(match.id, match.begin, match.end);
    }
    section(text.size());
}

// One unknown token for several words in a row, from the id number `from` on.
void Encoder::fuse_unknown(Pass& pass, std::size_t from) const {
    std::vector<std::uint32_t>& ids = pass.ids;
    std::size_t kept = from;
    const auto span = [&](std::size_t i) -> TokenSpan& {
        return (*pass.spans)[pass.spans->size() - ids.size() + i];
    };
    for (std::size_t i = from; i < ids.size(); ++i) {
        if (kept > from && ids[i] == parts_.settings.unk_id && ids[kept - 1] == ids[i]) {
            if (pass.spans != nullptr) span(kept - 1).end = span(i).end;
            continue;
        }
        ids[kept] = ids[i];
        if (pass.spans != nullptr) span(kept) = span(i);
        ++kept;
    }
    if (pass.spans != nullptr) pass.spans->resize(pass.spans->size() - (ids.size() - kept));
    ids.resize(kept);
}

Trust Encoder::Pass::trust(std::size_t begin, std::size_t end) const {
    if (trust_all) return Trust::all;
    // The first range that ends behind `begin`: any overlap begins there.
    const auto range = std::partition_point(trusted.begin(), trusted.end(),
                                            [&](const TrustedRange& r) { return r.end <= begin; });
    if (range == trusted.end() || range->begin >= end) return Trust::none;
    return range->begin <= begin && range->end >= end ? Trust::all : Trust::some;
}

// Whether the long way has to be taken, by which the origin of each byte is known.
bool Encoder::is_traced(const Pass& pass, const SectionPlace& place) const {
    return pass.spans != nullptr || (looks_at_start_ && place.at_start);
}

void Encoder::normalize(Pass& pass, const Part& section) {
    const Normalizer& steps = parts_.normalizer;
    if (!parts_.added.empty(true)) return find_normalized(pass, section);
    if (encode_raw(pass, section)) return;
    if (steps.empty()) return prepare(pass, section);
    Part part = section;
    if (!is_traced(pass, section.place)) {
        part.text = steps.apply(section.text, section.place, normalized_);
        return prepare(pass, part);
    }
    const Normalized stepped = steps.apply_traced(section.text, section.place);
    // Where the front was taken away the text does not start with what is left.
    part.place.at_start = section.place.at_start && stepped.origins[0] == 0;
    part.text = stepped.text;
    part.origins = stepped.origins;
    prepare(pass, part);
}

// With a search for normalized added tokens.
void Encoder::find_normalized(Pass& pass, const Part& section) {
    // Origins say what is trusted, and where the text starts.
    const bool needs_origins = parts_.added.has_special_normalized() || !parts_.prepare.empty() ||
                               is_traced(pass, section.place);
    Normalized stepped;
    if (needs_origins) stepped = parts_.normalizer.apply_traced(section.text, section.place);
    const std::string_view text =
        needs_origins ? stepped.text
                      : parts_.normalizer.apply(section.text, section.place, normalized_);
    const auto origin = [&](std::size_t at) {
        return needs_origins ? section.offset + stepped.origins[at] : section.offset;
    };
    const AddedTokens::TrustOf trust_of = [&](std::size_t begin, std::size_t end) {
        return pass.trust(origin(begin), origin(end));
    };
    std::size_t from = 0;
    const auto part = [&](std::size_t end) {
        if (end <= from) return;
        const bool at_front = needs_origins ? stepped.origins[from] == 0 : from == 0;
        Part next{.text = text.substr(from, end - from),
                  .place = {.at_start = section.place.at_start && at_front,
                            .continued = section.place.continued && from == 0},
                  .offset = section.offset};
        if (needs_origins) next.origins = Origins(stepped.origins).subspan(from);
        prepare(pass, next);
    };
    AddedTokens::Search search(parts_.added, true, text, trust_of);
    for (AddedTokens::Match match; search.next(match); from = match.end) {
        part(match.begin);
        pass.push(match.id, origin(match.begin), origin(match.end));
    }
    part(text.size());
}

// False: the section has to go the long way.
bool Encoder::encode_raw(Pass& pass, const Part& section) {
    // Bytes need no steps; their common patterns have a quick way of their own.
    if (is_traced(pass, section.place) || parts_.settings.kind == TokenizerKind::byte_bpe) {
        return false;
    }
    if (unnormalized_words_ == nullptr) {
        if (pass.text.size() < kMinRawBytes) return false;
        unnormalized_words_ = std::make_unique<UnnormalizedWords>(parts_);
    }
    if (!unnormalized_words_->any()) return false;
    std::size_t at = 0;
    if (!section.place.continued) {
        at = unnormalized_words_->front_size(section.text);
        if (at > 0) {
            const std::string_view front = section.text.substr(0, at);
            prepare(pass, {.text = parts_.normalizer.apply(front, section.place, normalized_),
                           .place = section.place});
        }
    }
    const std::string_view rest = section.text.substr(at);
    const auto offset = static_cast<std::size_t>(rest.data() - pass.text.data());
    unnormalized_words_->encode(rest, pass.text.size() - offset, pass.ids);
    return true;
}

void Encoder::prepare(Pass& pass, const Part& part) {
    const Normalizer& steps = parts_.prepare;
    if (!is_traced(pass, part.place)) {
        return split(pass, steps.apply(part.text, part.place, prepared_));
    }
    if (steps.empty()) return split_traced(pass, part);
    Normalized stepped = steps.apply_traced(part.text, part.place);
    for (std::size_t& origin : stepped.origins) origin = origin_of(part.origins, origin);
    Part prepared = part;
    prepared.text = stepped.text;
    prepared.origins = stepped.origins;
    split_traced(pass, prepared);
}

void Encoder::split(Pass& pass, std::string_view section) {
    IdWriter ids(pass.ids);
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

void Encoder::split_traced(Pass& pass, const Part& part) {
    // The origins of a text that was not changed.
    std::vector<std::size_t> same;
    Origins origins = part.origins;
    if (origins.empty()) {
        same.resize(part.text.size() + 1);
        std::iota(same.begin(), same.end(), std::size_t{0});
        origins = same;
    }
    Splitter words(parts_.split, part.text);
    for (std::string_view word; words.next(word);) {
        const auto begin = static_cast<std::size_t>(word.data() - part.text.data());
        trace_word(pass, {.text = word,
                          .place = part.place,
                          .offset = part.offset,
                          .origins = origins.subspan(begin)});
    }
}

// Through the word stage, where there is one.
void Encoder::trace_word(Pass& pass, const Part& word) {
    if (!parts_.word_split) return trace_ids(pass, word);
    const SectionPlace place{.at_start = word.place.at_start && word.origins[0] == 0};
    Normalized stepped = parts_.word_steps.apply_traced(word.text, place);
    for (std::size_t& origin : stepped.origins) origin = word.origins[origin];
    Splitter parts(*parts_.word_split, stepped.text);
    for (std::string_view part; parts.next(part);) {
        const auto begin = static_cast<std::size_t>(part.data() - stepped.text.data());
        trace_ids(pass, {.text = part,
                         .place = place,
                         .offset = word.offset,
                         .origins = Origins(stepped.origins).subspan(begin)});
    }
}

void Encoder::trace_ids(Pass& pass, const Part& word) {
    std::vector<std::uint32_t> ids;
    words_.words().encode_part(word.text, ids);
    std::string_view rest = word.text;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        // The last one takes what is left: symbols that were dropped.
        const std::size_t length =
            i + 1 < ids.size() ? words_.words().covered(rest, ids[i]) : rest.size();
        const std::size_t end = begin + length;
        pass.push(ids[i], word.offset + word.origins[begin], word.offset + word.origins[end]);
        rest.remove_prefix(length);
        begin = end;
    }
}

void Encoder::Pass::push(std::uint32_t id, std::size_t begin, std::size_t end) {
    ids.push_back(id);
    if (spans == nullptr) return;
    // What a token took along may be met again; places do not go back.
    const std::size_t done = spans->empty() ? 0 : spans->back().begin;
    begin = std::max(begin, done);
    spans->push_back({id, begin, std::max(begin, end)});
}

}  // namespace quire::tokenizer
