#include "formats/tokenizer/hf_json/pipeline.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "formats/tokenizer/hf_json/steps.h"

namespace quire::formats {

namespace {

void read_template(tokenizer::TokenizerSpec& source, const JsonNode& step) {
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
