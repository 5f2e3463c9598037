#include "lib/unicode/normal_form.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/utf8.h"
#include "lib/unicode/facts.h"

namespace quire::unicode {

namespace {

// source: Unicode, section 3.12, "Conjoining Jamo Behavior"
constexpr char32_t kSyllables = 0xAC00;
constexpr char32_t kLeads = 0x1100;
constexpr char32_t kVowels = 0x1161;
constexpr char32_t kTrails = 0x11A7;
constexpr char32_t kLeadCount = 19;
constexpr char32_t kVowelCount = 21;
constexpr char32_t kTrailCount = 28;
constexpr char32_t kSyllableCount = kLeadCount * kVowelCount * kTrailCount;

bool composes(NormalForm form) {
    return form == NormalForm::nfc || form == NormalForm::nfkc;
}

std::uint16_t changes_under(NormalForm form) {
    switch (form) {
        case NormalForm::nfc:
            return kChangesNfc;
        case NormalForm::nfd:
            return kChangesNfd;
        case NormalForm::nfkc:
            return kChangesNfkc;
        case NormalForm::nfkd:
            return kChangesNfkd;
    }
    return 0;
}

struct Mark {
    char32_t value = 0;
    std::uint8_t combining_class = 0;
};

void decompose(NormalForm form, char32_t c, std::vector<Mark>& out) {
    const auto put = [&](char32_t value) {
        out.push_back({value, facts_of(value).combining_class});
    };
    if (c >= kSyllables && c < kSyllables + kSyllableCount) {
        const char32_t index = c - kSyllables;
        put(kLeads + index / (kVowelCount * kTrailCount));
        put(kVowels + index / kTrailCount % kVowelCount);
        if (index % kTrailCount != 0) put(kTrails + index % kTrailCount);
        return;
    }
    const bool canonical = form == NormalForm::nfc || form == NormalForm::nfd;
    const std::span<const char32_t> parts = canonical ? canonical_form(c) : compatible_form(c);
    if (parts.empty()) return put(c);
    for (const char32_t part : parts) put(part);
}

void order_marks(std::vector<Mark>& marks) {
    const auto is_starter = [](const Mark& mark) { return mark.combining_class == 0; };
    for (auto begin = marks.begin(); begin != marks.end();) {
        begin = std::find_if_not(begin, marks.end(), is_starter);
        const auto end = std::find_if(begin, marks.end(), is_starter);
        std::stable_sort(begin, end, [](const Mark& a, const Mark& b) {
            return a.combining_class < b.combining_class;
        });
        begin = end;
    }
}

char32_t compose_pair(char32_t first, char32_t second) {
    const char32_t lead = first - kLeads;
    const char32_t vowel = second - kVowels;
    if (lead < kLeadCount && vowel < kVowelCount) {
        return kSyllables + (lead * kVowelCount + vowel) * kTrailCount;
    }
    const char32_t syllable = first - kSyllables;
    const char32_t trail = second - kTrails;
    if (syllable < kSyllableCount && syllable % kTrailCount == 0 && trail > 0 &&
        trail < kTrailCount) {
        return first + trail;
    }
    return composition(first, second);
}

// source: Unicode, section 3.11, D117
void compose(std::vector<Mark>& marks) {
    std::size_t kept = 0;
    std::size_t starter = marks.size();  // none yet
    std::uint8_t last_class = 0;         // class of the last code point kept after the starter
    bool adjacent = true;                // nothing was kept after the starter
    for (const Mark mark : std::vector<Mark>(marks)) {
        if (starter < marks.size() && (adjacent || last_class < mark.combining_class)) {
            if (const char32_t whole = compose_pair(marks[starter].value, mark.value)) {
                marks[starter].value = whole;
                continue;
            }
        }
        if (mark.combining_class == 0) {
            starter = kept;
            adjacent = true;
        } else {
            adjacent = false;
            last_class = mark.combining_class;
        }
        marks[kept++] = mark;
    }
    marks.resize(kept);
}

// True if a stretch that can be normalized independently begins at `c`: it stays a starter and
// composes with nothing before it.
bool begins_stretch(NormalForm form, char32_t c, CodePointFacts facts) {
    if (facts.combining_class != 0 || facts.is(kCombines)) return false;
    if (c >= kSyllables && c < kSyllables + kSyllableCount) return true;
    if (!facts.is(kChangesNfd | kChangesNfkd)) return true;
    const bool canonical = form == NormalForm::nfc || form == NormalForm::nfd;
    const std::span<const char32_t> parts = canonical ? canonical_form(c) : compatible_form(c);
    if (parts.empty()) return true;
    const CodePointFacts first = facts_of(parts.front());
    return first.combining_class == 0 && !first.is(kCombines);
}

}  // namespace

bool is_normal(NormalForm form, std::string_view text) noexcept {
    const std::uint16_t changes = changes_under(form);
    std::uint16_t unsure = changes;
    if (composes(form)) unsure |= kCombines;
    for (std::size_t at = 0; at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const base::CodePoint c = base::decode_utf8(text.substr(at));
        const CodePointFacts facts = facts_of(c.value);
        if (facts.combining_class != 0 || facts.is(unsure)) return false;
        at += static_cast<std::size_t>(c.length);
    }
    return true;
}

void normalize(NormalForm form, NormalizedString& text) {
    const std::string& from = text.text();
    const std::uint16_t changes = changes_under(form);
    const auto decode = [&](std::size_t at) {
        return base::decode_utf8(std::string_view(from).substr(at));
    };
    NormalizedString::Output out(text);
    std::vector<Mark> marks;
    std::string bytes;
    std::size_t copied = 0;  // end of the part already in the output
    for (std::size_t at = 0; at < from.size();) {
        // One stretch: up to the next code point that does not depend on the text before it.
        const std::size_t begin = at;
        bool plain = true;
        for (; at < from.size();) {
            const bool is_ascii = static_cast<unsigned char>(from[at]) < 0x80;
            if (at > begin && is_ascii) break;
            const base::CodePoint c = decode(at);
            const CodePointFacts facts = facts_of(c.value);
            if (at > begin && begins_stretch(form, c.value, facts)) break;
            if (at > begin || facts.is(changes) || facts.combining_class != 0) plain = false;
            at += static_cast<std::size_t>(c.length);
        }
        if (plain) continue;
        marks.clear();
        for (std::size_t i = begin; i < at;) {
            const base::CodePoint c = decode(i);
            decompose(form, c.value, marks);
            i += static_cast<std::size_t>(c.length);
        }
        order_marks(marks);
        if (composes(form)) compose(marks);
        bytes.clear();
        for (const Mark& mark : marks) base::append_utf8(bytes, mark.value);
        out.copy(copied, begin);
        out.put(bytes, begin);
        copied = at;
    }
    out.copy(copied, from.size());
    out.finish();
}

}  // namespace quire::unicode
