#include "lib/tokenizer/encode/encoder.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "lib/base/error.h"

namespace quire::tokenizer {

namespace {

// Bytes that must be readable from the front of a window of words.
constexpr std::size_t kWindowBytes = kScanBytes + WordLookup::kReadable;

// The analysis that UnnormalizedWords needs does not pay off for shorter texts.
constexpr std::size_t kMinUnnormalizedBytes = 2048;

void check_ranges(std::span<const TrustedRange> ranges, std::size_t text_size) {
    std::size_t at = 0;
    for (const TrustedRange& range : ranges) {
        if (range.begin < at || range.end < range.begin || range.end > text_size) {
            throw Error(ErrorCode::input, "trusted ranges",
                        "expected ranges in order and inside the text");
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

std::vector<std::uint32_t> encode(const Tokenizer& tokenizer, std::string_view text,
                                  const EncodeOptions& options) {
    std::vector<std::uint32_t> ids;
    Encoder(tokenizer).encode(text, options, ids);
    return ids;
}

Encoder::Encoder(const Tokenizer& tokenizer)
    : tables_(tokenizer.tables()),
      has_word_scan_(tables_.pre_tokenizer.word_scan() != WordScan::none),
      word_starts_(word_starts_of(tables_.pre_tokenizer.word_scan())),
      looks_at_start_(looks_at_start(tables_.settings.word_steps) ||
                      (looks_at_start(tables_.settings.pre_normalizer) &&
                       !tables_.settings.normalizer.empty())),
      words_(tokenizer.tables()) {}

void Encoder::encode(std::string_view text, const EncodeOptions& options,
                     std::vector<std::uint32_t>& ids) {
    const TokenizerConfig& settings = tables_.settings;
    const auto append = [&](const std::vector<std::uint32_t>& more) {
        if (options.add_special) ids.insert(ids.end(), more.begin(), more.end());
    };
    append(settings.prefix_ids);
    Pass pass{.ids = ids};
    encode_text(text, options, pass);
    append(settings.suffix_ids);
}

std::vector<TokenSpan> Encoder::encode_spans(std::string_view text, const EncodeOptions& options) {
    std::vector<std::uint32_t> ids;
    Pass pass{.wanted = Wanted::spans, .ids = ids};
    const auto append = [&](const std::vector<std::uint32_t>& more, std::size_t place) {
        if (!options.add_special) return;
        for (const std::uint32_t id : more) pass.spans.push_back({id, place, place});
    };
    append(tables_.settings.prefix_ids, 0);
    encode_text(text, options, pass);
    append(tables_.settings.suffix_ids, text.size());
    return std::move(pass.spans);
}

// Encodes the text without the prefix and suffix.
void Encoder::encode_text(std::string_view text, const EncodeOptions& options, Pass& pass) {
    check_ranges(options.trusted, text.size());
    pass.trust_all = options.trust_all;
    pass.continues = options.continues;
    if (unicode::needs_no_repair(text)) {
        pass.text = text;
        pass.trusted = options.trusted;
        return encode_sections(pass);
    }
    const unicode::RepairedText repaired = unicode::repair_utf8(text);
    std::vector<TrustedRange> trusted;
    for (const TrustedRange& range : options.trusted) {
        trusted.push_back(
            {repaired.repaired_place(range.begin), repaired.repaired_place(range.end)});
    }
    pass.text = repaired.text;
    pass.trusted = trusted;
    const std::size_t n_before = pass.spans.size();
    encode_sections(pass);
    for (std::size_t i = n_before; i < pass.spans.size(); ++i) {
        TokenSpan& span = pass.spans[i];
        span.begin = repaired.original_place(span.begin);
        span.end = repaired.original_place(span.end);
    }
}

// Finds the added tokens that are not normalized, and encodes the sections between them.
void Encoder::encode_sections(Pass& pass) {
    const std::string_view text = pass.text;
    const AddedTokens::TrustOf trust_of = [&](std::size_t begin, std::size_t end) {
        return pass.trust(begin, end);
    };
    std::size_t from = 0;
    const bool fuses_words =
        tables_.settings.kind == TokenizerKind::word_level && tables_.settings.fuse_unk;
    const auto section = [&](std::size_t end) {
        if (end <= from) return;
        const std::size_t n_ids = pass.ids.size();
        normalize(pass, {.text = text.substr(from, end - from),
                         .place = {.at_start = from == 0 && !pass.continues,
                                   .continued = from == 0 && pass.continues},
                         .offset = from});
        if (fuses_words) fuse_unknown(pass, n_ids);
    };
    AddedTokens::Search search(tables_.added, false, text, trust_of);
    for (AddedTokens::Match match; search.next(match); from = match.end) {
        section(match.begin);
        pass.push(match.id, match.begin, match.end);
    }
    section(text.size());
}

// Joins adjacent unknown words into one token, from index `from` of the ids on.
void Encoder::fuse_unknown(Pass& pass, std::size_t from) const {
    std::vector<std::uint32_t>& ids = pass.ids;
    std::size_t kept = from;
    const auto span = [&](std::size_t i) -> TokenSpan& {
        return pass.spans[pass.spans.size() - ids.size() + i];
    };
    for (std::size_t i = from; i < ids.size(); ++i) {
        if (kept > from && ids[i] == tables_.settings.unk_id && ids[kept - 1] == ids[i]) {
            if (pass.wants_spans()) span(kept - 1).end = span(i).end;
            continue;
        }
        ids[kept] = ids[i];
        if (pass.wants_spans()) span(kept) = span(i);
        ++kept;
    }
    if (pass.wants_spans()) pass.spans.resize(pass.spans.size() - (ids.size() - kept));
    ids.resize(kept);
}

Trust Encoder::Pass::trust(std::size_t begin, std::size_t end) const {
    if (trust_all) return Trust::all;
    // The first range that ends after `begin` is the first that can overlap.
    const auto range = std::partition_point(trusted.begin(), trusted.end(),
                                            [&](const TrustedRange& r) { return r.end <= begin; });
    if (range == trusted.end() || range->begin >= end) return Trust::none;
    return range->begin <= begin && range->end >= end ? Trust::all : Trust::some;
}

bool Encoder::needs_origins(const Pass& pass, const SectionPlace& place) const {
    return pass.wants_spans() || (looks_at_start_ && place.at_start);
}

void Encoder::normalize(Pass& pass, const Part& section) {
    const Normalizer& steps = tables_.normalizer;
    if (!tables_.added.empty(true)) return normalize_and_search(pass, section);
    if (encode_unnormalized(pass, section)) return;
    if (steps.empty()) return pre_normalize(pass, section);
    Part part = section;
    if (!needs_origins(pass, section.place)) {
        part.text = steps.apply(section.text, section.place, normalized_);
        return pre_normalize(pass, part);
    }
    const Normalized stepped = steps.apply_traced(section.text, section.place);
    // If the steps removed the front of the section, the rest does not start the text.
    part.place.at_start = section.place.at_start && stepped.origins[0] == 0;
    part.text = stepped.text;
    part.origins = stepped.origins;
    pre_normalize(pass, part);
}

// The same with a search for normalized added tokens.
void Encoder::normalize_and_search(Pass& pass, const Part& section) {
    // Origins tell which bytes are trusted and where the text starts.
    const bool traced = tables_.added.has_special_normalized() || !tables_.pre_normalizer.empty() ||
                        needs_origins(pass, section.place);
    Normalized stepped;
    if (traced) stepped = tables_.normalizer.apply_traced(section.text, section.place);
    const std::string_view text =
        traced ? stepped.text : tables_.normalizer.apply(section.text, section.place, normalized_);
    const auto origin = [&](std::size_t at) {
        return traced ? section.offset + stepped.origins[at] : section.offset;
    };
    const AddedTokens::TrustOf trust_of = [&](std::size_t begin, std::size_t end) {
        return pass.trust(origin(begin), origin(end));
    };
    std::size_t from = 0;
    const auto part = [&](std::size_t end) {
        if (end <= from) return;
        const bool at_front = traced ? stepped.origins[from] == 0 : from == 0;
        Part next{.text = text.substr(from, end - from),
                  .place = {.at_start = section.place.at_start && at_front,
                            .continued = section.place.continued && from == 0},
                  .offset = section.offset};
        if (traced) next.origins = Origins(stepped.origins).subspan(from);
        pre_normalize(pass, next);
    };
    AddedTokens::Search search(tables_.added, true, text, trust_of);
    for (AddedTokens::Match match; search.next(match); from = match.end) {
        part(match.begin);
        pass.push(match.id, origin(match.begin), origin(match.end));
    }
    part(text.size());
}

bool Encoder::encode_unnormalized(Pass& pass, const Part& section) {
    // byte_bpe usually has no steps, and its common patterns have the word scan.
    if (needs_origins(pass, section.place) || tables_.settings.kind == TokenizerKind::byte_bpe) {
        return false;
    }
    if (unnormalized_words_ == nullptr) {
        if (pass.text.size() < kMinUnnormalizedBytes) return false;
        unnormalized_words_ = std::make_unique<UnnormalizedWords>(tables_);
    }
    if (!unnormalized_words_->any()) return false;
    std::size_t at = 0;
    if (!section.place.continued) {
        at = unnormalized_words_->front_size(section.text);
        if (at > 0) {
            const std::string_view front = section.text.substr(0, at);
            pre_normalize(pass,
                          {.text = tables_.normalizer.apply(front, section.place, normalized_),
                           .place = section.place});
        }
    }
    const std::string_view rest = section.text.substr(at);
    const auto offset = static_cast<std::size_t>(rest.data() - pass.text.data());
    unnormalized_words_->encode(rest, pass.text.size() - offset, pass.ids);
    return true;
}

void Encoder::pre_normalize(Pass& pass, const Part& part) {
    const Normalizer& steps = tables_.pre_normalizer;
    if (!needs_origins(pass, part.place)) {
        return pre_tokenize(pass, steps.apply(part.text, part.place, pre_normalized_));
    }
    if (steps.empty()) return pre_tokenize_traced(pass, part);
    Normalized stepped = steps.apply_traced(part.text, part.place);
    for (std::size_t& origin : stepped.origins) origin = origin_of(part.origins, origin);
    Part changed = part;
    changed.text = stepped.text;
    changed.origins = stepped.origins;
    pre_tokenize_traced(pass, changed);
}

void Encoder::pre_tokenize(Pass& pass, std::string_view section) {
    IdWriter ids(pass.ids);
    Splitter words(tables_.pre_tokenizer, section);
    words_.start();
    std::size_t at = 0;
    while (at < section.size()) {
        if (has_word_scan_ && section.size() - at >= kWindowBytes) {
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

void Encoder::pre_tokenize_traced(Pass& pass, const Part& part) {
    std::vector<std::size_t> same;  // the origins of a text that was not changed
    Origins origins = part.origins;
    if (origins.empty()) {
        same.resize(part.text.size() + 1);
        std::iota(same.begin(), same.end(), std::size_t{0});
        origins = same;
    }
    Splitter words(tables_.pre_tokenizer, part.text);
    for (std::string_view word; words.next(word);) {
        const auto begin = static_cast<std::size_t>(word.data() - part.text.data());
        encode_word_traced(pass, {.text = word,
                                  .place = part.place,
                                  .offset = part.offset,
                                  .origins = origins.subspan(begin)});
    }
}

// Encodes a word, through the word stage if there is one.
void Encoder::encode_word_traced(Pass& pass, const Part& word) {
    if (!tables_.word_split) return encode_part_traced(pass, word);
    const SectionPlace place{.at_start = word.place.at_start && word.origins[0] == 0};
    Normalized stepped = tables_.word_steps.apply_traced(word.text, place);
    for (std::size_t& origin : stepped.origins) origin = word.origins[origin];
    Splitter parts(*tables_.word_split, stepped.text);
    for (std::string_view part; parts.next(part);) {
        const auto begin = static_cast<std::size_t>(part.data() - stepped.text.data());
        encode_part_traced(pass, {.text = part,
                                  .place = place,
                                  .offset = word.offset,
                                  .origins = Origins(stepped.origins).subspan(begin)});
    }
}

void Encoder::encode_part_traced(Pass& pass, const Part& part) {
    std::vector<std::uint32_t> ids;
    words_.words().encode_part(part.text, ids);
    std::string_view rest = part.text;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        // The last id also covers symbols dropped at the end.
        const std::size_t length =
            i + 1 < ids.size() ? words_.words().covered(rest, ids[i]) : rest.size();
        const std::size_t end = begin + length;
        pass.push(ids[i], part.offset + part.origins[begin], part.offset + part.origins[end]);
        rest.remove_prefix(length);
        begin = end;
    }
}

void Encoder::Pass::push(std::uint32_t id, std::size_t begin, std::size_t end) {
    ids.push_back(id);
    if (!wants_spans()) return;
    // White space that a token took may be a token too; spans must stay in order.
    const std::size_t done = spans.empty() ? 0 : spans.back().begin;
    begin = std::max(begin, done);
    spans.push_back({id, begin, std::max(begin, end)});
}

}  // namespace quire::tokenizer
