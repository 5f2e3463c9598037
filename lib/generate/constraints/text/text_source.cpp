#include "lib/generate/constraints/text/text_source.h"

#include <algorithm>

#include "lib/base/assert.h"

namespace quire::constraints {

namespace {

constexpr std::uint32_t kClosed = 1;  // the entry of every closed string

}  // namespace

TextSource::TextSource() {
    add(CharDfa::any(), Spelling::json);
    entries_.push_back({0, {}, false});
    numbers_[0].emplace(TextPlace{}, kAnyString);
    entries_.push_back({0, {}, true});
}

std::uint32_t TextSource::add(CharDfa dfa, Spelling spelling) {
    QUIRE_ASSERT(!dfa.empty());
    auto kind = std::make_unique<TextKind>(TextKind{std::move(dfa), spelling});
    kind->shortest = kind->dfa.shortest(spelling);
    for (std::uint32_t s = 0; s < kind->dfa.n_states(); ++s) {
        kind->free.push_back(kind->dfa.is_free(s));
    }
    kinds_.push_back(std::move(kind));
    numbers_.emplace_back();
    return static_cast<std::uint32_t>(kinds_.size() - 1);
}

Item TextSource::at(std::uint32_t kind, const TextPlace& place) {
    const bool settled = place.inside == Inside::none || place.inside == Inside::utf8_any ||
                         place.inside == Inside::hex_any;
    if (kind != 0 && settled && kinds_[kind]->spelling == Spelling::json &&
        kinds_[kind]->free[place.state]) {
        // The same as in any string, which is often worked out already.
        TextPlace any = place;
        any.state = 0;
        return at(0, any);
    }
    const auto fresh = static_cast<std::uint32_t>(entries_.size());
    const auto [found, is_new] = numbers_[kind].try_emplace(place, fresh);
    if (is_new) entries_.push_back({kind, place, false});
    return item_of(number, found->second);
}

Item TextSource::start(std::uint32_t kind, std::uint32_t min_length, std::uint32_t max_length) {
    TextPlace place;
    place.min_left = min_length;
    place.max_left = max_length;
    return at(kind, place);
}

bool TextSource::may_end(const Entry& entry) const {
    return entry.place.inside == Inside::none && entry.place.min_left == 0 &&
           kinds_[entry.kind]->dfa.label(entry.place.state) != CharDfa::kRejects;
}

const TextSource::Limits* TextSource::limits(std::uint32_t local) {
    const Entry& entry = entries_[local];
    const bool limited = entry.place.min_left > 0 || entry.place.max_left != kNoLimit;
    if (entry.kind != 0 || entry.closed || !limited || entry.place.inside != Inside::none) {
        return nullptr;
    }
    limits_ = {entry.place.min_left, entry.place.max_left};
    return &limits_;
}

Moves TextSource::moves(std::uint32_t local) {
    const Entry entry = entries_[local];
    Moves out;
    if (entry.closed) {
        out.ends = true;
        return out;
    }
    const TextKind& kind = *kinds_[entry.kind];
    const TextWalk walk(kind.dfa, kind.spelling);
    const auto always = [](std::uint32_t) { return true; };
    walk.bytes_after(entry.place, always,
                     [&](std::uint8_t lo, std::uint8_t hi, const TextPlace& to) {
                         out.arcs.push_back({lo, hi, at(entry.kind, to)});
                     });
    if (!may_end(entry)) return out;
    if (kind.spelling == Spelling::json) {
        out.arcs.push_back({'"', '"', item_of(number, kClosed)});
    } else {
        out.ends = true;
    }
    return out;
}

std::uint64_t TextSource::rest_between(const TextKind& kind, const TextPlace& place) const {
    const std::uint32_t closing = kind.spelling == Spelling::json ? 1 : 0;
    return std::max(kind.shortest[place.state], place.min_left) + std::uint64_t{closing};
}

std::uint32_t TextSource::rest(std::uint32_t local) {
    const Entry& entry = entries_[local];
    if (entry.closed) return 0;
    const TextKind& kind = *kinds_[entry.kind];
    const TextWalk walk(kind.dfa, kind.spelling);
    const bool open = entry.place.inside != Inside::none &&
                      entry.place.inside != Inside::utf8_any &&
                      entry.place.inside != Inside::hex_any;
    TextPlace place = entry.place;
    if (open) place.min_left -= std::min(place.min_left, 1U);
    const std::uint64_t rest = walk.rest(entry.place, [&](std::uint32_t state) {
        place.state = state;
        return rest_between(kind, place);
    });
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, UINT32_MAX));
}

}  // namespace quire::constraints
