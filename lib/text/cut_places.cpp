#include "lib/text/cut_places.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "lib/base/utf8.h"
#include "lib/text/code_point_set.h"
#include "lib/text/split_table.h"
#include "lib/text/text_steps.h"
#include "lib/text/tokenizer_tables.h"

namespace quire::text {

namespace {

constexpr std::uint32_t kStates = kSplitMatch - 1;  // the bits of a transition that name a state

// Larger automata would take longer to look through than a cut saves.
constexpr std::size_t kMaxLooks = 20'000'000;

std::size_t pair_of(char first, char second) {
    return std::size_t{static_cast<unsigned char>(first)} << 8 | static_cast<unsigned char>(second);
}

// What one step of the splitter does at the place between a character of class a and one of class
// b, whatever the text: (n_classes, n_classes).
struct StepBehaviour {
    std::vector<bool> cuts;      // a word ends there, and ends there too if the text does
    std::vector<bool> harmless;  // no match reaches over it, and none depends on what follows
};

// (n_classes) the states in which a run can be that has just read a character of the class.
std::vector<std::vector<std::uint32_t>> states_after(const SplitTable& table, std::size_t step) {
    const std::uint32_t n_classes = table.end_class();
    std::vector<std::vector<std::uint32_t>> after(n_classes);
    std::vector<bool> seen(kMaxSplitStates);
    std::vector<std::uint32_t> open{1};
    seen[1] = true;
    while (!open.empty()) {
        const std::uint32_t state = open.back();
        open.pop_back();
        for (std::uint32_t c = 0; c < n_classes; ++c) {
            const std::uint32_t next = table.transition(step, state, c) & kStates;
            if (next == 0) continue;
            after[c].push_back(next);
            if (!seen[next]) open.push_back(next);
            seen[next] = true;
        }
    }
    for (auto& states : after) {
        std::sort(states.begin(), states.end());
        states.erase(std::unique(states.begin(), states.end()), states.end());
    }
    return after;
}

// Whether a match begins at every character, so that nothing lies between matches.
bool is_total(const SplitTable& table, std::size_t step) {
    for (std::uint32_t a = 0; a < table.end_class(); ++a) {
        const std::uint32_t state = table.transition(step, 1, a) & kStates;
        for (std::uint32_t b = 0; b <= table.end_class(); ++b) {
            if ((table.transition(step, state, b) & kSplitMatch) == 0) return false;
        }
    }
    return true;
}

// Empty when the automaton is too large.
StepBehaviour behaviour_of(const SplitTable& table, std::size_t step) {
    const std::size_t n = table.end_class();
    const auto after = states_after(table, step);
    std::size_t n_looks = 0;
    for (const auto& states : after) n_looks += states.size() * n;
    if (n_looks > kMaxLooks) return {};
    StepBehaviour result{std::vector<bool>(n * n, is_total(table, step)),
                         std::vector<bool>(n * n, true)};
    for (std::size_t a = 0; a < n; ++a) {
        for (const std::uint32_t state : after[a]) {
            const bool ends = (table.transition(step, state, table.end_class()) & kSplitMatch) != 0;
            for (std::uint32_t b = 0; b < n; ++b) {
                const std::uint16_t next = table.transition(step, state, b);
                if (next != kSplitMatch || !ends) result.cuts[a * n + b] = false;
                const bool matches = (next & kSplitMatch) != 0;
                if ((next & kStates) != 0 || matches != ends) result.harmless[a * n + b] = false;
            }
        }
    }
    return result;
}

bool is_one_character(std::string_view text) {
    const base::CodePoint c = base::decode_utf8(text);
    return c.valid && static_cast<std::size_t>(c.length) == text.size();
}

// The character that ends right before `place`; empty when it is none.
std::string_view character_before(std::string_view text, std::size_t place) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(4, place); ++length) {
        const std::string_view last = text.substr(place - length, length);
        if ((static_cast<unsigned char>(last[0]) & 0xC0) == 0x80) continue;
        return is_one_character(last) ? last : std::string_view{};
    }
    return {};
}

std::string_view character_after(std::string_view text, std::size_t place) {
    const base::CodePoint c = base::decode_utf8(text.substr(place));
    return c.valid ? text.substr(place, static_cast<std::size_t>(c.length)) : std::string_view{};
}

char32_t last_code_point(std::string_view text) {
    return base::decode_utf8(character_before(text, text.size())).value;
}

}  // namespace

CutPlaces::CutPlaces(const TokenizerParts& parts) : parts_(parts) {
    const auto keep = [&](const std::vector<TextStep>& steps, std::vector<TextStep>& kept) {
        for (const TextStep& step : steps) {
            if (step.kind == TextStep::Kind::replace) {
                if (!is_one_character(step.text) || step.with.empty()) return false;
                kept.push_back(step);
            } else if (TextSteps::is_local(step)) {
                ascii_only_ = true;
                kept.push_back(step);
            } else if (step.kind == TextStep::Kind::prepend ||
                       step.kind == TextStep::Kind::prepend_if_missing) {
                prepends_ = true;
            } else {
                return false;
            }
        }
        return true;
    };
    const TokenizerSettings& settings = parts.settings;
    std::vector<TextStep> normalizer;
    std::vector<TextStep> prepare;
    if (!keep(settings.normalizer, normalizer) || !keep(settings.prepare, prepare)) return;
    normalizer_ = TextSteps(std::move(normalizer), &parts.step_tables);
    prepare_ = TextSteps(std::move(prepare));
    read_added();
    find_words_apart();
}

void CutPlaces::read_added() {
    for (std::size_t i = 0; i < parts_.added.size(); ++i) {
        const std::string_view content = parts_.added.content(i);
        const std::uint32_t flags = parts_.added.flags(i);
        AddedBytes& bytes = added_[(flags & kAddedNormalized) != 0 ? 1 : 0];
        for (std::size_t k = 0; k + 1 < content.size(); ++k) {
            bytes.inside.set(pair_of(content[k], content[k + 1]));
        }
        const auto first = static_cast<unsigned char>(content.front());
        const auto last = static_cast<unsigned char>(content.back());
        bytes.last.set(last);
        if ((flags & kAddedStripLeft) != 0) left_strippers_.set(first);
        if ((flags & kAddedStripRight) != 0) right_strippers_.set(last);
    }
}

void CutPlaces::find_words_apart() {
    const SplitTable& table = parts_.split;
    const std::size_t n = table.end_class();
    std::vector<bool> apart(n * n, false);
    std::vector<bool> harmless(n * n, true);
    for (std::size_t step = 0; step < table.n_steps(); ++step) {
        const StepBehaviour behaviour = behaviour_of(table, step);
        if (behaviour.cuts.empty()) break;
        for (std::size_t i = 0; i < n * n; ++i) {
            if (harmless[i] && behaviour.cuts[i]) apart[i] = true;
            harmless[i] = harmless[i] && behaviour.harmless[i];
        }
    }
    if (std::find(apart.begin(), apart.end(), true) != apart.end()) words_apart_ = std::move(apart);
}

bool CutPlaces::is_apart(char32_t before, char32_t after) const {
    const std::size_t a = parts_.split.class_of(before);
    const std::size_t b = parts_.split.class_of(after);
    return words_apart_[a * parts_.split.end_class() + b];
}

bool CutPlaces::may_cut(std::string_view before, std::string_view after) const {
    const auto last = static_cast<unsigned char>(before.back());
    const auto first = static_cast<unsigned char>(after.front());
    if (ascii_only_ && (last >= 0x80 || first >= 0x80 || (last == '\r' && first == '\n')))
        return false;
    const bool space_before = is_white_space(base::decode_utf8(before).value);
    const bool space_after = is_white_space(base::decode_utf8(after).value);
    if (added_[0].inside[pair_of(before.back(), after.front())]) return false;
    if (prepends_ && added_[0].last[last]) return false;
    // White space that a token took along ends a section, too.
    if (prepends_ && right_strippers_.any() && space_before) return false;
    if (right_strippers_.any() && space_after && (space_before || right_strippers_[last])) {
        return false;
    }
    if (left_strippers_.any() && space_before && (space_after || left_strippers_[first])) {
        return false;
    }
    if (normalizer_.empty() && prepare_.empty() && parts_.added.empty(true)) {
        return is_apart(base::decode_utf8(before).value, base::decode_utf8(after).value);
    }
    std::string a_buffer;
    std::string b_buffer;
    std::string_view a = normalizer_.apply(before, {}, a_buffer);
    std::string_view b = normalizer_.apply(after, {}, b_buffer);
    if (a.empty() || b.empty()) return false;
    if (added_[1].inside[pair_of(a.back(), b.front())]) return false;
    if (prepends_ && added_[1].last[static_cast<unsigned char>(a.back())]) return false;
    std::string a_prepared;
    std::string b_prepared;
    a = prepare_.apply(a, {}, a_prepared);
    b = prepare_.apply(b, {}, b_prepared);
    if (a.empty() || b.empty()) return false;
    return is_apart(last_code_point(a), base::decode_utf8(b).value);
}

std::size_t CutPlaces::last(std::string_view text, std::size_t from, std::size_t to) const {
    if (!any() || text.empty()) return 0;
    for (std::size_t place = std::min(to, text.size() - 1); place > 0 && place >= from; --place) {
        const std::string_view before = character_before(text, place);
        const std::string_view after = character_after(text, place);
        if (!before.empty() && !after.empty() && may_cut(before, after)) return place;
    }
    return 0;
}

}  // namespace quire::text
