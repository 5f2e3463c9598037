#include "tools/inspect/vocabulary.h"

#include <algorithm>
#include <map>

#include "lib/base/utf8.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/unicode/code_point_set.h"
#include "lib/unicode/properties.h"

namespace quire::inspect {

namespace {

// The scripts that vocabularies hold in number; others are counted together.
constexpr std::array kScripts = {
    "Latin",    "Cyrillic", "Greek",    "Han",      "Hiragana",   "Katakana", "Hangul",
    "Arabic",   "Hebrew",   "Armenian", "Georgian", "Devanagari", "Bengali",  "Gurmukhi",
    "Gujarati", "Tamil",    "Telugu",   "Kannada",  "Malayalam",  "Sinhala",  "Thai",
    "Lao",      "Khmer",    "Myanmar",  "Tibetan",  "Ethiopic"};

class Scripts {
  public:
    Scripts() {
        for (const char* name : kScripts) {
            sets_.emplace_back(name, unicode::property_set(name).value_or(unicode::CodePointSet()));
        }
        letters_ = *unicode::category_set("L");
        digits_ = *unicode::category_set("N");
    }

    std::string part_of(std::string_view text) const {
        if (!base::is_utf8(text)) return "parts of characters";
        bool digit = false;
        bool visible = false;
        while (!text.empty()) {
            const base::CodePoint c = base::decode_utf8(text);
            text.remove_prefix(static_cast<std::size_t>(c.length));
            if (letters_.contains(c.value)) return script_of(c.value);
            digit = digit || digits_.contains(c.value);
            visible = visible || !unicode::is_white_space(c.value);
        }
        if (digit) return "digits";
        return visible ? "punctuation and symbols" : "white space";
    }

  private:
    std::string script_of(char32_t letter) const {
        for (const auto& [name, set] : sets_) {
            if (set.contains(letter)) return name;
        }
        return "other scripts";
    }

    std::vector<std::pair<std::string, unicode::CodePointSet>> sets_;
    unicode::CodePointSet letters_;
    unicode::CodePointSet digits_;
};

}  // namespace

VocabularyStatistics statistics_of(const tokenizer::Tokenizer& tokenizer) {
    const Scripts scripts;
    VocabularyStatistics found;
    std::map<std::string, std::size_t> parts;
    std::size_t bytes = 0;
    found.tokens = tokenizer.n_vocab();
    for (std::uint32_t id = 0; id < tokenizer.n_vocab(); ++id) {
        const std::string text = tokenizer::token_text(tokenizer, id);
        if (text.empty()) {
            ++found.control;
            continue;
        }
        bytes += text.size();
        if (text.front() == ' ') ++found.with_space;
        if (text.size() > found.longest.size()) found.longest = text;
        ++found.of_length[std::min(text.size(), kLengths) - 1];
        ++parts[scripts.part_of(text)];
    }
    if (found.tokens > found.control) {
        found.mean_bytes =
            static_cast<double>(bytes) / static_cast<double>(found.tokens - found.control);
    }
    for (const auto& [name, tokens] : parts) found.parts.push_back({name, tokens});
    std::ranges::stable_sort(found.parts, std::ranges::greater(), &VocabularyPart::tokens);
    return found;
}

}  // namespace quire::inspect
