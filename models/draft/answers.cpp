#include "models/draft/answers.h"

#include <cmath>

#include "lib/base/json/json_text.h"

namespace quire::models {

namespace {

using Json = nlohmann::json;

constexpr std::uint32_t kMaxLength = 1U << 28;

// An id, or a list of one.
std::optional<std::uint32_t> id_of(Config& config, const char* key, std::uint32_t vocab_size) {
    const Json* value = config.find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_array() && value->size() == 1) value = &value->front();
    if (!value->is_number_unsigned() || value->get<std::uint64_t>() >= vocab_size) {
        config.fail(std::string(key) + " expected an id of the vocabulary, found " +
                    base::json_excerpt(*value));
    }
    return value->get<std::uint32_t>();
}

std::vector<std::vector<std::uint32_t>> words_of(Config& config, std::uint32_t vocab_size) {
    std::vector<std::vector<std::uint32_t>> words;
    const Json* list = config.find("bad_words_ids");
    if (list == nullptr) return words;
    const auto is_id = [&](const Json& id) {
        return id.is_number_unsigned() && id.get<std::uint64_t>() < vocab_size;
    };
    bool valid = list->is_array();
    for (const Json& word : valid ? *list : Json::array()) {
        valid = word.is_array() && !word.empty() && std::ranges::all_of(word, is_id);
        if (!valid) break;
        words.push_back(word.get<std::vector<std::uint32_t>>());
    }
    if (!valid) {
        config.fail("bad_words_ids expected lists of ids, found " + base::json_excerpt(*list));
    }
    return words;
}

spec::EarlyStop early_stop_of(Config& config) {
    const Json* value = config.find("early_stopping");
    if (value == nullptr || *value == false) return spec::EarlyStop::likely;
    if (*value == true) return spec::EarlyStop::first;
    if (*value == "never") return spec::EarlyStop::never;
    config.fail("early_stopping expected true, false or never, found " +
                base::json_excerpt(*value));
}

float length_penalty_of(Config& config) {
    const double penalty = config.number_or("length_penalty", 1.0);
    if (std::abs(penalty) > 100) config.fail("length_penalty expected from -100 to 100");
    return static_cast<float>(penalty);
}

// Settings that change answers, with the values at which they do not.
void refuse_others(Config& config) {
    for (const char* key : {"repetition_penalty", "encoder_repetition_penalty", "guidance_scale",
                            "num_beam_groups", "num_return_sequences"}) {
        config.expect(key, {1.0, nullptr});
    }
    for (const char* key :
         {"encoder_no_repeat_ngram_size", "diversity_penalty", "penalty_alpha", "min_new_tokens"}) {
        config.expect(key, {0.0, nullptr});
    }
    for (const char* key : {"exponential_decay_length_penalty", "force_words_ids", "constraints",
                            "sequence_bias", "begin_suppress_tokens", "forced_decoder_ids",
                            "stop_strings", "max_time", "watermarking_config"}) {
        config.expect(key, {nullptr});
    }
    config.expect("remove_invalid_values", {false, nullptr});
    config.ignore("_from_model_config", "says where the settings come from");
}

}  // namespace

spec::AnswerSpec read_answers(Draft& draft, std::optional<std::uint32_t> start_otherwise) {
    const Source& source = draft.config.source();
    const std::uint32_t vocab_size = draft.spec.vocab_size;
    std::optional<Config> other;
    if (source.generation.is_object()) {
        other.emplace(source, source.generation, "generation_config.json");
    }
    Config& config = other ? *other : draft.config;
    spec::AnswerSpec answers;
    std::optional<std::uint32_t> start = id_of(config, "decoder_start_token_id", vocab_size);
    if (!start) start = id_of(draft.config, "decoder_start_token_id", vocab_size);
    if (!start) start = start_otherwise;
    if (!start) start = id_of(config, "bos_token_id", vocab_size);
    if (!start) config.fail("decoder_start_token_id expected, none found");
    answers.start = *start;
    answers.forced_first = id_of(config, "forced_bos_token_id", vocab_size);
    answers.forced_last = id_of(config, "forced_eos_token_id", vocab_size);
    answers.max_length = config.count_or("max_length", 0, {0, kMaxLength});
    if (const std::uint32_t n = config.count_or("max_new_tokens", 0, {0, kMaxLength}); n > 0) {
        answers.max_length = n + 1;
    }
    answers.min_length = config.count_or("min_length", 0, {0, kMaxLength});
    answers.n_beams = config.count_or("num_beams", 1, {1, spec::kMaxBeams});
    answers.early_stop = early_stop_of(config);
    answers.length_penalty = length_penalty_of(config);
    answers.no_repeat_ngram = config.count_or("no_repeat_ngram_size", 0, {0, kMaxLength});
    answers.renormalize = config.flag_or("renormalize_logits", false);
    answers.bad_words = words_of(config, vocab_size);
    refuse_others(config);
    if (other) other->done();
    return answers;
}

}  // namespace quire::models
