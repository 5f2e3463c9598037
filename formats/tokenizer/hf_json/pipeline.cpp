#include "formats/tokenizer/hf_json/pipeline.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/tokenizer/hf_json/steps.h"

namespace quire::formats {

namespace {

// The ids of a special token of a template.
std::vector<std::uint32_t> special_ids(const JsonNode& step, const JsonNode& part) {
    const std::string name = part.at("SpecialToken").at("id").text();
    const JsonNode ids = step.at("special_tokens").at(name.c_str()).at("ids");
    std::vector<std::uint32_t> out;
    for (std::size_t k = 0; k < ids.size(); ++k) out.push_back(ids.item(k).id());
    return out;
}

// How a pair is written, if that is A and B with the prefix and suffix of a single text around them.
void read_pair_template(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const std::optional<JsonNode> pair = step.find("pair");
    if (!pair) return;
    std::vector<std::uint32_t> parts[3];  // before A, between, behind B
    std::size_t place = 0;
    bool has_kinds = false;
    for (std::size_t i = 0; i < pair->size(); ++i) {
        const JsonNode part = pair->item(i);
        if (const std::optional<JsonNode> sequence = part.find("Sequence")) {
            if (place == 2 || sequence->at("id").text() != (place == 0 ? "A" : "B")) return;
            if (++place == 2) has_kinds = sequence->at("type_id").id() == 1;
            continue;
        }
        const auto ids = special_ids(step, part);
        parts[place].insert(parts[place].end(), ids.begin(), ids.end());
    }
    if (place != 2 || parts[0] != source.prefix_ids || parts[2] != source.suffix_ids) return;
    source.pair_ids = parts[1];
    source.pair_has_kinds = has_kinds;
}

void read_template(tokenizer::TokenizerSpec& source, const JsonNode& step) {
    const JsonNode single = step.at("single");
    bool behind = false;
    for (std::size_t i = 0; i < single.size(); ++i) {
        const JsonNode part = single.item(i);
        if (const std::optional<JsonNode> sequence = part.find("Sequence")) {
            if (behind || sequence->at("id").text() != "A") part.fail("expected sequence A once");
            behind = true;
            continue;
        }
        auto& ids = behind ? source.suffix_ids : source.prefix_ids;
        for (const std::uint32_t id : special_ids(step, part)) ids.push_back(id);
    }
    if (!behind) single.fail("expected sequence A once");
    read_pair_template(source, step);
}

// The id in ["[SEP]", 102].
std::uint32_t id_of_pair(const JsonNode& pair) {
    if (pair.size() != 2) pair.fail("expected a token and its id");
    return pair.item(1).id();
}

void read_post_processor(tokenizer::TokenizerSpec& source, const JsonNode& root) {
    bool has_template = false;
    for (const JsonNode& step : steps_of(root, "post_processor", "processors")) {
        const std::string type = step.at("type").text();
        if (type == "TemplateProcessing") {
            if (has_template) step.fail("a second TemplateProcessing is not supported");
            has_template = true;
            read_template(source, step);
        } else if (type == "BertProcessing" || type == "RobertaProcessing") {
            if (has_template) step.fail("a second template is not supported");
            has_template = true;
            source.prefix_ids.push_back(id_of_pair(step.at("cls")));
            source.suffix_ids.push_back(id_of_pair(step.at("sep")));
            source.pair_has_kinds = type == "BertProcessing";
            source.pair_ids.assign(type == "BertProcessing" ? 1 : 2, source.suffix_ids.back());
        } else if (type != "ByteLevel") {  // which changes offsets only
            not_supported(step, "post-processor");
        }
    }
}

void read_decoder(tokenizer::TokenizerSpec& source, PipelineFacts& facts, const JsonNode& root) {
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
            const std::optional<std::string> literal = literal_pattern(step.at("pattern"));
            if (!literal || literal->empty() || step.at("content").text() != " ") {
                step.fail("Replace of a pattern, or by anything but a space, is not supported");
            }
            source.space = *literal;
        } else if (type == "Metaspace") {
            only_without_byte_level();
            source.space = step.at("replacement").text();
            source.first_spaceless = prepend_scheme(step) != "never";
        } else if (type == "WordPiece") {
            only_without_byte_level();
            source.decoding = tokenizer::TokenizerSpec::Decoding::word_pieces;
            source.continuing_prefix = step.at("prefix").text();
            source.clean_up = step.flag_or("cleanup", true);
        } else if (type == "BPEDecoder") {
            only_without_byte_level();
            facts.word_suffix = step.at("suffix").text();
            if (facts.word_suffix.empty()) step.fail("expected a suffix that is not empty");
            source.decoding = tokenizer::TokenizerSpec::Decoding::suffixed;
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

PipelineFacts read_pipeline(tokenizer::TokenizerSpec& source, const JsonNode& root) {
    PipelineFacts facts;
    read_normalizer(source, root);
    read_pre_tokenizer(source, facts, root);
    read_post_processor(source, root);
    read_decoder(source, facts, root);
    return facts;
}

}  // namespace quire::formats
