#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "formats/hf_tokenizer/pipeline.h"
#include "formats/hf_tokenizer/steps.h"

namespace quire::formats {

namespace {

using text::TextStep;

constexpr auto kPlainSteps = std::to_array<std::pair<std::string_view, TextStep::Kind>>({
    {"NFC", TextStep::Kind::nfc},
    {"NFD", TextStep::Kind::nfd},
    {"NFKC", TextStep::Kind::nfkc},
    {"NFKD", TextStep::Kind::nfkd},
    {"Lowercase", TextStep::Kind::lowercase},
    {"StripAccents", TextStep::Kind::strip_marks},
    {"Nmt", TextStep::Kind::nmt},
});

void read_bert_normalizer(text::TokenizerSource& source, const JsonNode& step) {
    const auto add = [&](TextStep::Kind kind) { source.normalizer.push_back({.kind = kind}); };
    const bool lowercase = step.flag_or("lowercase", true);
    if (step.flag_or("clean_text", true)) add(TextStep::Kind::bert_clean);
    if (step.flag_or("handle_chinese_chars", true)) add(TextStep::Kind::bert_cjk);
    if (step.flag_or("strip_accents", lowercase)) {
        add(TextStep::Kind::nfd);
        add(TextStep::Kind::strip_nonspacing);
    }
    if (lowercase) add(TextStep::Kind::lowercase);
}

void read_replace(text::TokenizerSource& source, const JsonNode& step) {
    const JsonNode pattern = step.at("pattern");
    const std::string with = step.at("content").text();
    if (const std::optional<std::string> literal = literal_pattern(pattern)) {
        if (literal->empty()) pattern.fail("expected a text that is not empty");
        source.normalizer.push_back(
            {.kind = TextStep::Kind::replace, .text = *literal, .with = with});
    } else {
        source.normalizer.push_back({.kind = TextStep::Kind::replace_pattern,
                                     .text = pattern.at("Regex").text(),
                                     .with = with});
    }
}

// source: RFC 4648, section 4
std::string base64_bytes(const JsonNode& node) {
    const std::string text = node.text();
    std::string bytes;
    std::uint32_t bits = 0;
    int n_bits = 0;
    for (const char c : text) {
        if (c == '=') break;
        constexpr std::string_view kDigits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const std::size_t digit = kDigits.find(c);
        if (digit == std::string_view::npos) node.fail("expected base64");
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        n_bits += 6;
        if (n_bits < 8) continue;
        n_bits -= 8;
        bytes.push_back(static_cast<char>(bits >> n_bits & 0xFF));
    }
    return bytes;
}

void read_charsmap(text::TokenizerSource& source, const JsonNode& step) {
    const std::optional<JsonNode> map = step.find("precompiled_charsmap");
    const std::string bytes = map ? base64_bytes(*map) : "";
    if (bytes.empty()) return;  // an empty map changes nothing
    if (!source.charsmap.empty()) step.fail("a second Precompiled is not supported");
    source.charsmap = bytes;
    source.normalizer.push_back({.kind = TextStep::Kind::charsmap});
}

}  // namespace

void read_normalizer(text::TokenizerSource& source, const JsonNode& root) {
    for (const JsonNode& step : steps_of(root, "normalizer", "normalizers")) {
        const std::string type = step.at("type").text();
        const auto plain = std::find_if(kPlainSteps.begin(), kPlainSteps.end(),
                                        [&](const auto& known) { return known.first == type; });
        if (plain != kPlainSteps.end()) {
            source.normalizer.push_back({.kind = plain->second});
        } else if (type == "BertNormalizer") {
            read_bert_normalizer(source, step);
        } else if (type == "Prepend") {
            source.normalizer.push_back(
                {.kind = TextStep::Kind::prepend, .text = step.at("prepend").text()});
        } else if (type == "Strip") {
            if (step.flag_or("strip_left", true)) {
                source.normalizer.push_back({.kind = TextStep::Kind::strip_left});
            }
            if (step.flag_or("strip_right", true)) {
                source.normalizer.push_back({.kind = TextStep::Kind::strip_right});
            }
        } else if (type == "Replace") {
            read_replace(source, step);
        } else if (type == "Precompiled") {
            read_charsmap(source, step);
        } else {
            not_supported(step, "normalizer");
        }
    }
}

}  // namespace quire::formats
