#include "models/config.h"

#include <algorithm>
#include <array>

#include "lib/base/error.h"

namespace quire::models {

namespace {

// What config.json says about training, sampling, tokens and names.
// clang-format off
constexpr std::array<std::string_view, 72> kHarmless{
    "architectures", "attention_dropout", "attention_probs_dropout_prob", "attn_pdrop", "auto_map",
    "bad_words_ids", "bos_token_id", "cache_implementation", "chunk_size_feed_forward",
    "classifier_dropout", "cls_token_id", "decoder_start_token_id", "do_sample", "dropout", "dtype",
    "early_stopping", "embd_pdrop", "embedding_dropout", "eos_token_id", "finetuning_task",
    "gradient_checkpointing", "hidden_dropout", "hidden_dropout_prob", "id2label",
    "initializer_factor", "initializer_range", "is_decoder", "is_encoder_decoder", "keys_to_ignore_at_inference",
    "label2id", "length_penalty", "max_length", "max_new_tokens", "max_window_layers", "min_length",
    "mlp_dropout", "model_type", "n_ctx", "num_beams", "num_labels", "num_return_sequences",
    "output_attentions", "output_hidden_states", "output_router_logits", "pad_token_id", "prefix",
    "pretraining_tp", "problem_type", "qa_dropout", "reorder_and_upcast_attn", "resid_pdrop", "residual_dropout", "return_dict", "router_aux_loss_coef",
    "router_jitter_noise", "sep_token_id", "seq_classif_dropout", "summary_activation",
    "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
    "task_specific_params", "temperature", "tokenizer_class", "top_k", "top_p", "torch_dtype",
    "transformers_version", "unsloth_fixed", "unsloth_version", "use_cache"};
// clang-format on
static_assert(std::ranges::is_sorted(kHarmless));

bool is_off(const nlohmann::json& value) {
    return value.is_null() || (value.is_boolean() && !value.get<bool>()) ||
           (value.is_structured() && value.empty());
}

}  // namespace

Config::Config(const Source& source, const nlohmann::json& json, std::string where)
    : source_(source), json_(json), where_(std::move(where) + ": ") {
    if (!json.is_object()) fail("expected an object, found " + json.dump());
}

void Config::fail(const std::string& message) const {
    throw Error(ErrorCode::model, source_.path, "config: " + where_ + message);
}

const nlohmann::json* Config::find(const char* key) const {
    asked_.insert(key);
    const auto found = json_.find(key);
    return found == json_.end() || found->is_null() ? nullptr : &*found;
}

const nlohmann::json& Config::get(const char* key) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) fail(std::string(key) + " expected, none found");
    return *value;
}

std::uint32_t Config::count(const char* key) const {
    const nlohmann::json& value = get(key);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX) {
        fail(std::string(key) + " expected a count, found " + value.dump());
    }
    return value.get<std::uint32_t>();
}

std::uint32_t Config::count_or(const char* key, std::uint32_t fallback) const {
    return find(key) == nullptr ? fallback : count(key);
}

double Config::number(const char* key) const {
    const nlohmann::json& value = get(key);
    if (!value.is_number()) fail(std::string(key) + " expected a number, found " + value.dump());
    return value.get<double>();
}

double Config::number_or(const char* key, double fallback) const {
    return find(key) == nullptr ? fallback : number(key);
}

std::string Config::text(const char* key) const {
    const nlohmann::json& value = get(key);
    if (!value.is_string()) fail(std::string(key) + " expected text, found " + value.dump());
    return value.get<std::string>();
}

std::string Config::text_or(const char* key, const std::string& fallback) const {
    return find(key) == nullptr ? fallback : text(key);
}

bool Config::flag_or(const char* key, bool fallback) const {
    const nlohmann::json* value = find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) {
        fail(std::string(key) + " expected true or false, found " + value->dump());
    }
    return value->get<bool>();
}

void Config::refuse_if(bool on, const std::string& feature) const {
    if (on) fail(feature + " is not supported");
}

void Config::done() const {
    for (const auto& [key, value] : json_.items()) {
        if (asked_.contains(key) || key.starts_with('_') || is_off(value)) continue;
        if (std::ranges::binary_search(kHarmless, std::string_view(key))) continue;
        fail("key " + key + " is not understood by this family");
    }
}

}  // namespace quire::models
