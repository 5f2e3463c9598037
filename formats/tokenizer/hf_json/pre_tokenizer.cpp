#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "formats/tokenizer/hf_json/pipeline.h"
#include "formats/tokenizer/hf_json/steps.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/patterns.h"
#include "lib/unicode/facts.h"

namespace quire::formats {

namespace {

using tokenizer::NormalizerStep;

// Each replacement starts a word.
std::string metaspace_pattern(const std::string& space) {
    return escaped(space) + "[^" + escaped(space) + "]*|[^" + escaped(space) + "]+";
}

// Where the patterns of the next pre-tokenizer are added.
std::vector<tokenizer::SplitStep>& split_of(tokenizer::TokenizerSpec& source) {
    return source.word_stage ? source.word_stage->pre_tokenizer : source.pre_tokenizer;
}

// Where the normalizer steps of a pre-tokenizer are added: before all splitting, or inside the
// words that earlier pre-tokenizers produced.
std::vector<NormalizerStep>& begin_normalizer_steps(tokenizer::TokenizerSpec& source,
                                                    const JsonNode& step, bool first) {
    if (first) return source.pre_normalizer;
    if (source.word_stage) {
        step.fail("a third pre-tokenizer that changes text is not supported");
    }
    return source.word_stage.emplace().steps;
}

void read_metaspace(tokenizer::TokenizerSpec& source, const JsonNode& step, bool first) {
    const std::string space = step.at("replacement").text();
    std::vector<NormalizerStep>& steps = begin_normalizer_steps(source, step, first);
    steps.push_back({.kind = NormalizerStep::Kind::replace, .text = " ", .with = space});
    const std::string scheme = prepend_scheme(step);
    if (scheme != "never") {
        steps.push_back({.kind = NormalizerStep::Kind::prepend_if_missing,
                         .text = space,
                         .at_start_only = scheme == "first"});
    }
    if (step.flag_or("split", true)) {
        split_of(source).emplace_back(metaspace_pattern(space));
    }
}

// What happens to the matches of `pattern`. single: a pattern that matches exactly one character,
// like a class.
tokenizer::SplitStep split_step(const JsonNode& step, const std::string& behavior,
                                const std::string& pattern, bool single) {
    const auto negated = [&] {
        if (!single) {
            step.fail("behavior " + base::quoted(behavior) + " of such a pattern is not supported");
        }
        // "[^x]" of "[x]", of "x" or of "\\x"
        return pattern.front() == '[' ? "[^" + pattern.substr(1) : "[^" + pattern + "]";
    };
    tokenizer::SplitStep split(pattern);
    if (behavior == "Removed") {
        split.drop_matches = true;
    } else if (behavior == "Contiguous") {
        split.pattern = "(?:" + pattern + ")+";
    } else if (behavior == "MergedWithPrevious") {
        split.pattern = negated() + "+" + pattern + "?|" + pattern;
    } else if (behavior == "MergedWithNext") {
        split.pattern = pattern + "?" + negated() + "+|" + pattern;
    } else if (behavior != "Isolated") {
        step.fail("behavior " + base::quoted(behavior) + " is not supported");
    }
    return split;
}

// Whether `literal` cannot occur in a section, because the last normalizer replaced it.
bool is_normalized_away(const tokenizer::TokenizerSpec& source, const std::string& literal) {
    if (source.normalizer.empty() || !source.pre_normalizer.empty() || source.word_stage)
        return false;
    const NormalizerStep& last = source.normalizer.back();
    return last.kind == NormalizerStep::Kind::replace &&
           literal.find(last.text) != std::string::npos &&
           last.with.find(last.text) == std::string::npos && last.text.size() == 1;
}

void read_split(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const std::string behavior = step.at("behavior").text();
    const JsonNode node = step.at("pattern");
    const std::optional<std::string> literal = literal_pattern(node);
    if (literal && literal->empty()) node.fail("expected a pattern, found an empty text");
    if (literal && is_normalized_away(source, *literal)) return;
    const std::string pattern = literal ? escaped(*literal) : node.at("Regex").text();
    if (!step.flag_or("invert", false)) {
        const bool single = literal && base::is_one_code_point(*literal);
        split_of(source).push_back(split_step(step, behavior, pattern, single));
        return;
    }
    // When inverted, the text between matches takes the role of the matches.
    tokenizer::SplitStep split(pattern);
    if (behavior == "Removed") {
        split.drop_gaps = true;
    } else if (behavior != "Isolated") {
        step.fail("behavior " + base::quoted(behavior) + " with \"invert\" is not supported");
    }
    split_of(source).push_back(std::move(split));
}

void read_punctuation(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const std::string pattern = "[" + unicode::class_ranges(unicode::kPunctuation) + "]";
    const std::optional<JsonNode> behavior = step.find("behavior");
    split_of(source).push_back(
        split_step(step, behavior ? behavior->text() : "Isolated", pattern, true));
}

// Splits off white space and `words` and drops the white space, in two steps, so that a match may
// begin at every character of the first step.
void split_at_white_space(tokenizer::TokenizerSpec& source, const std::string& words) {
    split_of(source).emplace_back("\\s+|" + words);
    split_of(source).emplace_back("\\s+");
    split_of(source).back().drop_matches = true;
}

void read_byte_level(tokenizer::TokenizerSpec& source, const JsonNode& step, bool first) {
    if (step.flag_or("add_prefix_space", true)) {
        begin_normalizer_steps(source, step, first)
            .push_back({.kind = NormalizerStep::Kind::prepend_if_missing, .text = " "});
    }
    if (step.flag_or("use_regex", true)) split_of(source).emplace_back(tokenizer::kGpt2Pattern);
}

// Words between white space, followed by a Metaspace that puts its replacement before each word and
// splits there.
void read_words_of_metaspace(tokenizer::TokenizerSpec& source, const JsonNode& metaspace) {
    const std::string space = metaspace.at("replacement").text();
    source.pre_normalizer.push_back(
        {.kind = NormalizerStep::Kind::whitespace_words, .text = space});
    source.pre_tokenizer.emplace_back(metaspace_pattern(space));
}

// All other known pre-tokenizers.
void read_words(tokenizer::TokenizerSpec& source, const JsonNode& step, const std::string& type) {
    if (type == "Digits") {
        split_of(source).emplace_back(step.flag_or("individual_digits", false)
                                          ? tokenizer::kOneDigitPattern
                                          : tokenizer::kDigitsPattern);
    } else if (type == "Split") {
        read_split(source, step);
    } else if (type == "BertPreTokenizer") {
        const std::string& marks = unicode::class_ranges(unicode::kPunctuation);
        split_at_white_space(source, "[^\\s" + marks + "]+|[" + marks + "]");
    } else if (type == "WhitespaceSplit") {
        split_at_white_space(source, "\\S+");
    } else if (type == "Whitespace") {
        const std::string& letters = unicode::class_ranges(unicode::kWord);
        split_at_white_space(source, "[" + letters + "]+|[^\\s" + letters + "]+");
    } else if (type == "Punctuation") {
        read_punctuation(source, step);
    } else if (type == "CharDelimiterSplit") {
        split_of(source).emplace_back(escaped(step.at("delimiter").text()));
        split_of(source).back().drop_matches = true;
    } else {
        not_supported(step, "pre-tokenizer");
    }
}

// After a ByteLevel, whose words are written with stand-ins for bytes.
void read_words_of_bytes(tokenizer::TokenizerSpec& source, const JsonNode& step,
                         const std::string& type) {
    if (type == "ByteLevel") step.fail("a second ByteLevel is not supported");
    const std::size_t n_before = split_of(source).size();
    read_words(source, step, type);
    for (std::size_t i = n_before; i < split_of(source).size(); ++i)
        split_of(source)[i].of_bytes = true;
}

}  // namespace

void read_pre_tokenizer(tokenizer::TokenizerSpec& source, PipelineFacts& facts,
                        const JsonNode& root) {
    const std::vector<JsonNode> steps = steps_of(root, "pre_tokenizer", "pretokenizers");
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const JsonNode& step = steps[i];
        const std::string type = step.at("type").text();
        if (facts.byte_level) {
            read_words_of_bytes(source, step, type);
        } else if (type == "ByteLevel") {
            facts.byte_level = true;
            read_byte_level(source, step, i == 0);
        } else if (type == "WhitespaceSplit" && i == 0 && steps.size() > 1 &&
                   steps[1].at("type").text() == "Metaspace" &&
                   prepend_scheme(steps[1]) == "always" && steps[1].flag_or("split", true)) {
            read_words_of_metaspace(source, steps[++i]);
        } else if (type == "Metaspace") {
            read_metaspace(source, step, i == 0);
        } else {
            read_words(source, step, type);
        }
    }
}

}  // namespace quire::formats
