#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "formats/tokenizer/hf_json/pipeline.h"
#include "formats/tokenizer/hf_json/steps.h"
#include "lib/base/base64.h"

namespace quire::formats {

namespace {

using tokenizer::NormalizerStep;

constexpr auto kPlainSteps = std::to_array<std::pair<std::string_view, NormalizerStep::Kind>>({
    {"NFC", NormalizerStep::Kind::nfc},
    {"NFD", NormalizerStep::Kind::nfd},
    {"NFKC", NormalizerStep::Kind::nfkc},
    {"NFKD", NormalizerStep::Kind::nfkd},
    {"Lowercase", NormalizerStep::Kind::lowercase},
    {"StripAccents", NormalizerStep::Kind::strip_marks},
    {"Nmt", NormalizerStep::Kind::nmt},
});

void read_bert_normalizer(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const auto add = [&](NormalizerStep::Kind kind) {
        source.normalizer.push_back({.kind = kind});
    };
    const bool lowercase = step.flag_or("lowercase", true);
    if (step.flag_or("clean_text", true)) add(NormalizerStep::Kind::bert_clean);
    if (step.flag_or("handle_chinese_chars", true)) add(NormalizerStep::Kind::bert_cjk);
    if (step.flag_or("strip_accents", lowercase)) {
        add(NormalizerStep::Kind::nfd);
        add(NormalizerStep::Kind::strip_nonspacing);
    }
    if (lowercase) add(NormalizerStep::Kind::lowercase);
}

void read_replace(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const JsonNode pattern = step.at("pattern");
    const std::string with = step.at("content").text();
    if (const std::optional<std::string> literal = literal_pattern(pattern)) {
        if (literal->empty()) pattern.fail("expected a text that is not empty");
        source.normalizer.push_back(
            {.kind = NormalizerStep::Kind::replace, .text = *literal, .with = with});
    } else {
        source.normalizer.push_back({.kind = NormalizerStep::Kind::replace_pattern,
                                     .text = pattern.at("Regex").text(),
                                     .with = with});
    }
}

void read_charsmap(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const std::optional<JsonNode> map = step.find("precompiled_charsmap");
    if (!map || map->text().empty()) return;  // an empty map changes nothing
    const std::optional<std::string> bytes = base::decode_base64(map->text());
    if (!bytes) map->fail("expected base64");
    if (!source.charsmap.empty()) step.fail("a second Precompiled is not supported");
    source.charsmap = *bytes;
    source.normalizer.push_back({.kind = NormalizerStep::Kind::charsmap});
}

}  // namespace

void read_normalizer(tokenizer::TokenizerSpec& source, const JsonNode& root) {
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
                {.kind = NormalizerStep::Kind::prepend, .text = step.at("prepend").text()});
        } else if (type == "Strip") {
            if (step.flag_or("strip_left", true)) {
                source.normalizer.push_back({.kind = NormalizerStep::Kind::strip_left});
            }
            if (step.flag_or("strip_right", true)) {
                source.normalizer.push_back({.kind = NormalizerStep::Kind::strip_right});
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
