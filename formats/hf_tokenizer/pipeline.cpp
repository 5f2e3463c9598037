#include "formats/hf_tokenizer/pipeline.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/utf8.h"
#include "lib/text/byte_level.h"

namespace quire::formats {

namespace {

using text::TextStep;

[[noreturn]] void not_supported(const JsonNode& step, const char* what) {
    step.fail(std::string(what) + " \"" + step.at("type").text() + "\" is not supported");
}

// The steps of `root[key]` in order, sequences inside sequences resolved.
std::vector<JsonNode> steps_of(const JsonNode& root, const char* key, const char* list_key) {
    std::vector<JsonNode> steps;
    std::vector<JsonNode> open;  // the next on top
    if (const std::optional<JsonNode> first = root.find(key)) open.push_back(*first);
    while (!open.empty()) {
        const JsonNode step = open.back();
        open.pop_back();
        if (step.at("type").text() != "Sequence") {
            steps.push_back(step);
            continue;
        }
        const JsonNode list = step.at(list_key);
        for (std::size_t i = list.size(); i-- > 0;) open.push_back(list.item(i));
    }
    return steps;
}

// {"String": ".."}: the string. {"Regex": ".."} is for the caller.
std::optional<std::string> literal_pattern(const JsonNode& pattern) {
    if (pattern.json().is_string()) return pattern.text();
    if (const std::optional<JsonNode> text = pattern.find("String")) return text->text();
    return std::nullopt;
}

std::string escaped(const std::string& literal) {
    std::string pattern;
    for (const char c : literal) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte >= 0x80 || byte <= ' ' || (c >= '0' && c <= '9') ||
                           (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!plain) pattern.push_back('\\');
        pattern.push_back(c);
    }
    return pattern;
}

TextStep replace_step(const JsonNode& step) {
    const std::optional<std::string> from = literal_pattern(step.at("pattern"));
    if (!from || from->empty()) step.fail("Replace by a regular expression is not supported");
    return {.kind = TextStep::Kind::replace, .text = *from, .with = step.at("content").text()};
}

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
            source.normalizer.push_back(replace_step(step));
        } else {
            not_supported(step, "normalizer");
        }
    }
}

// "always", "first" or "never"; older files have add_prefix_space instead.
std::string prepend_scheme(const JsonNode& metaspace) {
    const std::optional<JsonNode> scheme = metaspace.find("prepend_scheme");
    if (!scheme) return metaspace.flag_or("add_prefix_space", true) ? "always" : "never";
    const std::string name = scheme->text();
    if (name != "always" && name != "first" && name != "never") {
        scheme->fail("\"" + name + "\" is not supported");
    }
    return name;
}

void read_metaspace(text::TokenizerSource& source, const JsonNode& step) {
    const std::string space = step.at("replacement").text();
    source.prepare.push_back({.kind = TextStep::Kind::replace, .text = " ", .with = space});
    const std::string scheme = prepend_scheme(step);
    if (scheme != "never") {
        source.prepare.push_back({.kind = TextStep::Kind::prepend_if_missing,
                                  .text = space,
                                  .at_start_only = scheme == "first"});
    }
    if (step.flag_or("split", true)) {
        // Each replacement begins a word.
        source.split.push_back(escaped(space) + "[^" + escaped(space) + "]*|[^" + escaped(space) +
                               "]+");
    }
}

// What becomes of the matches of `pattern`; single: a class-like pattern of exactly one character.
text::SplitStep split_step(const JsonNode& step, const std::string& behavior,
                           const std::string& pattern, bool single) {
    const auto negated = [&] {
        if (!single) {
            step.fail("behavior \"" + behavior + "\" of such a pattern is not supported");
        }
        // "[^x]" of "[x]", of "x" or of "\\x"
        return pattern.front() == '[' ? "[^" + pattern.substr(1) : "[^" + pattern + "]";
    };
    text::SplitStep split(pattern);
    if (behavior == "Removed") {
        split.drop_matches = true;
    } else if (behavior == "Contiguous") {
        split.pattern = "(?:" + pattern + ")+";
    } else if (behavior == "MergedWithPrevious") {
        split.pattern = negated() + "+" + pattern + "?|" + pattern;
    } else if (behavior == "MergedWithNext") {
        split.pattern = pattern + "?" + negated() + "+|" + pattern;
    } else if (behavior != "Isolated") {
        step.fail("behavior \"" + behavior + "\" is not supported");
    }
    return split;
}

// Whether no section holds `literal` because the last normalizer has put something else in its
// place.
bool is_normalized_away(const text::TokenizerSource& source, const std::string& literal) {
    if (source.normalizer.empty()) return false;
    const TextStep& last = source.normalizer.back();
    return last.kind == TextStep::Kind::replace && literal.find(last.text) != std::string::npos &&
           last.with.find(last.text) == std::string::npos && last.text.size() == 1;
}

void read_split(text::TokenizerSource& source, const JsonNode& step) {
    const std::string behavior = step.at("behavior").text();
    const JsonNode node = step.at("pattern");
    const std::optional<std::string> literal = literal_pattern(node);
    if (literal && is_normalized_away(source, *literal)) return;
    const std::string pattern = literal ? escaped(*literal) : node.at("Regex").text();
    if (!step.flag_or("invert", false)) {
        const bool single =
            literal && base::decode_utf8(*literal).length == static_cast<int>(literal->size());
        source.split.push_back(split_step(step, behavior, pattern, single));
        return;
    }
    // Inverted, what lies between the matches takes the part of the matches.
    text::SplitStep split(pattern);
    if (behavior == "Removed") {
        split.drop_gaps = true;
    } else if (behavior != "Isolated") {
        step.fail("behavior \"" + behavior + "\" with \"invert\" is not supported");
    }
    source.split.push_back(std::move(split));
}

void read_pre_tokenizer(text::TokenizerSource& source, PipelineFacts& facts, const JsonNode& root) {
    bool first = true;
    for (const JsonNode& step : steps_of(root, "pre_tokenizer", "pretokenizers")) {
        const std::string type = step.at("type").text();
        if (type == "ByteLevel") {
            facts.byte_level = true;
            if (step.flag_or("add_prefix_space", true)) {
                if (!first) step.fail("add_prefix_space after another step is not supported");
                source.prepare.push_back({.kind = TextStep::Kind::prepend_if_missing, .text = " "});
            }
            if (step.flag_or("use_regex", true)) source.split.push_back(text::kGpt2Pattern);
        } else if (facts.byte_level) {
            step.fail("a step after ByteLevel is not supported");
        } else if (type == "Digits") {
            source.split.push_back(step.flag_or("individual_digits", false) ? text::kOneDigitPattern
                                                                            : text::kDigitsPattern);
        } else if (type == "Split") {
            read_split(source, step);
        } else if (type == "Metaspace") {
            if (!first) step.fail("Metaspace after another step is not supported");
            read_metaspace(source, step);
        } else {
            not_supported(step, "pre-tokenizer");
        }
        first = false;
    }
}

void read_template(text::TokenizerSource& source, const JsonNode& step) {
    const JsonNode single = step.at("single");
    const JsonNode special_tokens = step.at("special_tokens");
    bool behind = false;
    for (std::size_t i = 0; i < single.size(); ++i) {
        const JsonNode part = single.item(i);
        if (const std::optional<JsonNode> sequence = part.find("Sequence")) {
            if (behind || sequence->at("id").text() != "A") part.fail("expected sequence A once");
            behind = true;
            continue;
        }
        const std::string name = part.at("SpecialToken").at("id").text();
        const JsonNode ids = special_tokens.at(name.c_str()).at("ids");
        for (std::size_t k = 0; k < ids.size(); ++k) {
            (behind ? source.suffix_ids : source.prefix_ids).push_back(ids.item(k).id());
        }
    }
    if (!behind) single.fail("expected sequence A once");
}

void read_post_processor(text::TokenizerSource& source, const JsonNode& root) {
    bool has_template = false;
    for (const JsonNode& step : steps_of(root, "post_processor", "processors")) {
        const std::string type = step.at("type").text();
        if (type == "TemplateProcessing") {
            if (has_template) step.fail("a second TemplateProcessing is not supported");
            has_template = true;
            read_template(source, step);
        } else if (type != "ByteLevel") {  // which changes offsets only
            not_supported(step, "post-processor");
        }
    }
}

void read_decoder(text::TokenizerSource& source, PipelineFacts& facts, const JsonNode& root) {
    for (const JsonNode& step : steps_of(root, "decoder", "decoders")) {
        const std::string type = step.at("type").text();
        const auto only_without_byte_level = [&] {
            if (facts.byte_level)
                step.fail("\"" + type + "\" in a byte-level tokenizer is not supported");
        };
        if (type == "ByteLevel") {
            if (!facts.byte_level)
                step.fail("ByteLevel without such a pre-tokenizer is not supported");
        } else if (type == "Fuse") {
            continue;
        } else if (type == "ByteFallback") {
            only_without_byte_level();
            facts.byte_fallback = true;
        } else if (type == "Replace") {
            only_without_byte_level();
            const TextStep replace = replace_step(step);
            if (replace.with != " ") step.fail("Replace by anything but a space is not supported");
            source.space = replace.text;
        } else if (type == "Metaspace") {
            only_without_byte_level();
            source.space = step.at("replacement").text();
            source.strip_spaces = prepend_scheme(step) == "never" ? 0 : 1;
        } else if (type == "Strip") {
            only_without_byte_level();
            if (step.at("content").text() != " " || step.at("stop").id() != 0) {
                step.fail("Strip of anything but spaces at the start is not supported");
            }
            source.strip_spaces = step.at("start").id();
        } else {
            not_supported(step, "decoder");
        }
    }
}

}  // namespace

PipelineFacts read_pipeline(text::TokenizerSource& source, const JsonNode& root) {
    PipelineFacts facts;
    read_normalizer(source, root);
    read_pre_tokenizer(source, facts, root);
    read_post_processor(source, root);
    read_decoder(source, facts, root);
    return facts;
}

}  // namespace quire::formats
