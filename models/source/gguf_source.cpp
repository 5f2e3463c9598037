// GGUF's keys and tensor names, converted to those of config.json.
#include <algorithm>
#include <array>
#include <cmath>

#include "lib/base/error.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "models/source/gguf_keys.h"
#include "models/source/gguf_reader.h"

namespace quire::models {

namespace {

namespace gguf = formats::gguf;
using gguf::ValueType;

// Keys that the configuration class of one architecture names differently, and values that its
// converter assumes.
struct Words {
    std::string_view architecture;
    std::string_view common;
    const char* own;
};
constexpr Words kWords[] = {
    {"afmoe", "first_k_dense_replace", "num_dense_layers"},
    {"afmoe", "n_shared_experts", "num_shared_experts"},
    {"afmoe", "norm_topk_prob", "route_norm"},
    {"afmoe", "routed_scaling_factor", "route_scale"},
    {"afmoe", "scoring_func", "score_func"},
    {"exaone-moe", "n_shared_experts", "num_shared_experts"},
    {"gpt2", "max_position_embeddings", "n_positions"},
    {"gpt2", "hidden_size", "n_embd"},
    {"gpt2", "num_hidden_layers", "n_layer"},
    {"gpt2", "num_attention_heads", "n_head"},
    {"gpt2", "intermediate_size", "n_inner"},
    {"gpt2", "layer_norm_eps", "layer_norm_epsilon"},
    {"cohere2", "logits_scaling", "logit_scale"},  // multiplies; Granite's divides
    {"command-r", "logits_scaling", "logit_scale"},
    {"ernie4_5-moe", "n_shared_experts", "moe_num_shared_experts"},
    {"bloom", "layer_norm_eps", "layer_norm_epsilon"},
    {"bloom", "max_position_embeddings", "seq_length"},
    {"bloom", "num_attention_heads", "n_head"},
    {"bloom", "num_hidden_layers", "n_layer"},
    {"ernie4_5-moe", "first_k_dense_replace", "moe_layer_start_index"},
    {"falcon", "intermediate_size", "ffn_hidden_size"},
    {"falcon", "layer_norm_eps", "layer_norm_epsilon"},
    {"lfm2", "rms_norm_eps", "norm_eps"},
    {"lfm2moe", "rms_norm_eps", "norm_eps"},
    {"lfm2moe", "first_k_dense_replace", "num_dense_layers"},
    {"mamba2", "rms_norm_eps", "layer_norm_epsilon"},
    {"nemotron_h", "rms_norm_eps", "layer_norm_epsilon"},
    {"nemotron_h", "layer_norm_eps", "layer_norm_epsilon"},
    {"nemotron_h_moe", "rms_norm_eps", "layer_norm_epsilon"},
    {"nemotron_h_moe", "layer_norm_eps", "layer_norm_epsilon"},
    {"granitemoe", "shared_expert_intermediate_size", "shared_intermediate_size"},
    {"granite_swa", "shared_expert_intermediate_size", "shared_intermediate_size"},
    {"hy_v3", "norm_topk_prob", "route_norm"},
    {"hy_v3", "routed_scaling_factor", "router_scaling_factor"},
    {"hunyuan-moe", "n_shared_experts", "num_shared_expert"},
    {"hunyuan-moe", "num_experts_per_tok", "moe_topk"},
    {"hunyuan-moe", "num_local_experts", "num_experts"},
    {"llama4", "intermediate_size", "intermediate_size_mlp"},
    {"llama4", "moe_intermediate_size", "intermediate_size"},
    {"mimo2", "rope_local_base_freq", "swa_rope_theta"},
    {"mpt", "hidden_size", "d_model"},
    {"mpt", "num_hidden_layers", "n_layers"},
    {"mpt", "num_attention_heads", "n_heads"},
    {"mpt", "max_position_embeddings", "max_seq_len"},
    {"mpt", "layer_norm_eps", "layer_norm_epsilon"},
    {"muse-glimmer", "logits_scaling", "output_multiplier"},  // multiplies, too
    {"starcoder", "max_position_embeddings", "n_positions"},
    {"starcoder", "hidden_size", "n_embd"},
    {"starcoder", "num_hidden_layers", "n_layer"},
    {"starcoder", "num_attention_heads", "n_head"},
    {"starcoder", "intermediate_size", "n_inner"},
    {"starcoder", "layer_norm_eps", "layer_norm_epsilon"},
    {"starcoder2", "layer_norm_eps", "norm_epsilon"},
    {"t5", "hidden_size", "d_model"},
    {"t5", "intermediate_size", "d_ff"},
    {"t5", "num_hidden_layers", "num_layers"},
    {"t5", "num_attention_heads", "num_heads"},
    {"t5", "head_dim", "d_kv"},
    {"t5", "layer_norm_eps", "layer_norm_epsilon"},
    {"t5", "max_position_embeddings", "n_positions"},
    {"t5encoder", "hidden_size", "d_model"},
    {"t5encoder", "intermediate_size", "d_ff"},
    {"t5encoder", "num_hidden_layers", "num_layers"},
    {"t5encoder", "num_attention_heads", "num_heads"},
    {"t5encoder", "head_dim", "d_kv"},
    {"t5encoder", "layer_norm_eps", "layer_norm_epsilon"},
    {"t5encoder", "max_position_embeddings", "n_positions"},
};

// Architectures whose norms subtract the mean (LayerNorm).
constexpr std::string_view kLayerNorms[] = {
    "bert",    "bloom",    "cohere2",      "command-r", "falcon",      "gpt2",
    "gptneox", "nemotron", "jina-bert-v2", "mpt",       "modern-bert", "nomic-bert",
    "rwkv7",   "olmo",     "phi2",         "stablelm",  "starcoder",   "starcoder2"};

bool has_layer_norms(std::string_view architecture) {
    return std::ranges::find(kLayerNorms, architecture) != std::end(kLayerNorms);
}

// A value as JSON. A list of equal counts becomes one count: some writers give one per layer.
nlohmann::json to_json(const GgufReader& reader, const gguf::File::KeyValue& entry) {
    const gguf::File& file = reader.file;
    const ValueType type = entry.value.type;
    if (type == ValueType::string) {
        if (!entry.value.is_array) return std::string(file.get_string(entry.key).value());
        nlohmann::json list = nlohmann::json::array();
        const auto texts = file.get_strings(entry.key).value();
        for (const std::string_view text : texts) list.push_back(std::string(text));
        return list;
    }
    if (type == ValueType::boolean) {
        if (!entry.value.is_array) return file.get_bool(entry.key).value();
        nlohmann::json list = nlohmann::json::array();
        const auto flags = file.get_array<bool>(entry.key).value();
        for (std::size_t i = 0; i < flags.size(); ++i) list.push_back(bool(flags[i]));
        return list;
    }
    if (type == ValueType::f32 || type == ValueType::f64) {
        if (!entry.value.is_array) return file.get_f64(entry.key).value();
        reader.fail("key " + std::string(entry.key) + " expected one number, found a list");
    }
    if (!entry.value.is_array) return file.get_u64(entry.key).value();
    const auto counts = file.get_u64s(entry.key).value();
    const bool same = !counts.empty() && std::ranges::all_of(counts, [&](std::uint64_t n) {
        return n == counts.front();
    });
    return same ? nlohmann::json(counts.front()) : nlohmann::json(counts);
}

void check_equal(const GgufReader& reader, const gguf::File::KeyValue& entry,
                 const MustEqual& equal) {
    const nlohmann::json value = to_json(reader, entry);
    const nlohmann::json values = base::parse_json(equal.json, std::string(entry.key));
    if (std::ranges::find(values, value) != values.end()) return;
    reader.fail("key " + std::string(entry.key) + " expected one of " + base::json_excerpt(values) +
                ", found " + base::json_excerpt(value));
}

void read_key(const GgufReader& reader, const gguf::File::KeyValue& entry) {
    const std::string prefix = reader.full("");
    if (!entry.key.starts_with(prefix)) {
        const KnownKey* known = find_gguf_common_key(entry.key);
        if (known == nullptr) {
            reader.source.notes.push_back("key " + base::printable(entry.key) +
                                          " is of no known namespace and has no effect");
        } else if (const auto* equal = std::get_if<MustEqual>(&known->meaning)) {
            check_equal(reader, entry, *equal);
        }
        return;
    }
    const KnownKey* known = find_gguf_key(reader.architecture, entry.key.substr(prefix.size()));
    if (known == nullptr) {
        reader.fail("key " + base::printable(entry.key) + " is not understood");
    }
    if (const auto* field = std::get_if<Field>(&known->meaning)) {
        reader.source.config[std::string(field->to)] = to_json(reader, entry);
        reader.source.words[std::string(field->to)] = std::string(entry.key);
    } else if (const auto* equal = std::get_if<MustEqual>(&known->meaning)) {
        check_equal(reader, entry, *equal);
    }
}

bool is_granite(const GgufReader& reader) {
    return reader.architecture.starts_with("granite");
}

// llama.cpp requires this too.
void check_required(const GgufReader& reader) {
    const auto require = [&](std::string_view key) {
        if (reader.file.find(reader.full(key)) == nullptr) {
            reader.fail(reader.named(key) + " expected, none found");
        }
    };
    for (const std::string_view key :
         {"context_length", "embedding_length", "block_count", "attention.head_count"}) {
        require(key);
    }
    // Nemotron-H's configuration, and so its GGUF files, may have it under either name.
    const bool either = reader.architecture.starts_with("nemotron_h") &&
                        reader.file.find(reader.full("attention.layer_norm_epsilon")) != nullptr;
    require(has_layer_norms(reader.architecture) || either ? "attention.layer_norm_epsilon"
                                                           : "attention.layer_norm_rms_epsilon");
    if (reader.architecture == "gptneox") require("use_parallel_residual");
    if (is_granite(reader)) require("logit_scale");
}

void check_heads(const GgufReader& reader) {
    const auto value = reader.file.get_u64(reader.full("attention.value_length"));
    if (!value) return;
    const std::uint64_t heads = reader.number("num_attention_heads");
    const std::uint64_t said = reader.number("head_dim");
    const std::uint64_t key = said != 0 || heads == 0 ? said : reader.number("hidden_size") / heads;
    if (*value != key) {
        reader.fail(reader.named("attention.value_length") + " expected the width of a key, " +
                    std::to_string(key) + ", found " + std::to_string(*value));
    }
}

// Which layers have the window: a flag per layer, or the period of layers without one.
void read_window_pattern(const GgufReader& reader) {
    const std::string key = reader.full("attention.sliding_window_pattern");
    const gguf::Value* value = reader.file.find(key);
    nlohmann::json& config = reader.source.config;
    if (value == nullptr || reader.number("sliding_window") == 0) return;
    reader.source.words["layer_types"] = key;
    nlohmann::json types = nlohmann::json::array();
    bool any = false;
    const auto add = [&](bool sliding) {
        any = any || sliding;
        types.push_back(sliding ? "sliding_attention" : "full_attention");
    };
    if (value->is_array && value->type == ValueType::boolean) {
        const auto flags = reader.file.get_array<bool>(key).value();
        for (std::size_t i = 0; i < flags.size(); ++i) add(flags[i]);
    } else if (value->is_array) {
        const auto flags = reader.file.get_u64s(key).value();
        for (const std::uint64_t flag : flags) add(flag != 0);
    } else {
        const std::uint64_t n = reader.number("num_hidden_layers");
        const std::uint64_t every = reader.file.get_u64(key).value();
        if (n > spec::kMaxLayers) return;  // refused by the family
        // source: llama.cpp, load_swa_pattern() of its models.
        const std::uint64_t shift = reader.architecture == "modern-bert" ? 0 : 1;
        for (std::uint64_t i = 0; i < n; ++i) add(every == 0 || (i + shift) % every != 0);
    }
    // EXAONE 4's converter writes a window for models that have none and whose layers are all
    // rotated.
    if (!any) config["sliding_window"] = 0U;
    if (any) config["layer_types"] = std::move(types);
}

// Windows that llama.cpp assumes when the file has no key.
void set_window(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const bool large_exaone =
        reader.architecture == "exaone4" && reader.number("num_hidden_layers") == 64;
    if (!config.contains("sliding_window") && (reader.architecture == "gemma2" || large_exaone)) {
        config["sliding_window"] = std::uint64_t{4096};
    }
    read_window_pattern(reader);
    // One architecture name of GGUF covers several families.
    const bool windows = reader.number("sliding_window") > 0;
    const auto said = config.find("sliding_window");
    if (said != config.end() && *said == 0) config.erase(said);  // none
    if (reader.architecture == "llama" && windows) config["model_type"] = "mistral";
    if (reader.architecture == "olmo2" && windows) config["model_type"] = "olmo3";
}

// Gemma's converter drops the divisor of the scores; the largest models use the head width of the
// residual stream. source: llama.cpp, models/gemma2.cpp and gemma3.cpp.
void set_gemma_scale(const GgufReader& reader) {
    const std::uint64_t layers = reader.number("num_hidden_layers");
    const std::uint64_t heads = std::max<std::uint64_t>(1, reader.number("num_attention_heads"));
    const std::uint64_t share = reader.number("hidden_size") / heads;
    const bool largest = (reader.architecture == "gemma2" && layers == 46) ||
                         (reader.architecture == "gemma3" && layers == 62);
    const std::uint64_t width = reader.number("head_dim");
    reader.source.config["query_pre_attn_scalar"] = largest || width == 0 ? share : width;
}

// source: llama.cpp, models/gemma-embedding.cpp.
void set_embedding_gemma(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    config["query_pre_attn_scalar"] = reader.number("head_dim");
    config["use_bidirectional_attention"] = true;
}

// Scales that are 0 or absent are not applied.
void set_granite_scales(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    for (const char* key :
         {"embedding_multiplier", "residual_multiplier", "attention_multiplier"}) {
        if (config.contains(key) && config[key] == 0) config.erase(key);
    }
    if (config.contains("attention_multiplier")) return;
    const std::uint64_t heads = std::max<std::uint64_t>(1, reader.number("num_attention_heads"));
    const std::uint64_t said = reader.number("head_dim");
    const auto width = static_cast<double>(said != 0 ? said : reader.number("hidden_size") / heads);
    config["attention_multiplier"] = 1.0 / std::sqrt(width);
}

void set_falcon(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const std::uint64_t heads = reader.number("num_attention_heads");
    const std::uint64_t said = reader.number("num_key_value_heads");
    const std::uint64_t n_kv = said == 0 ? heads : said;
    const bool two_norms = reader.has_tensor("blk.0.attn_norm_2.weight");
    config["new_decoder_architecture"] = two_norms || (n_kv > 1 && n_kv < heads);
    config["num_ln_in_parallel_attn"] = two_norms ? 2 : 1;
    config["multi_query"] = n_kv == 1;
    config["num_kv_heads"] = n_kv;
}

void set_words(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    for (const Words& word : kWords) {
        if (word.architecture != reader.architecture) continue;
        const auto found = config.find(word.common);
        if (found == config.end()) continue;
        config[word.own] = *found;
        reader.source.words[word.own] = reader.source.words[std::string(word.common)];
        config.erase(word.common);
    }
}

void read_config(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    config = {{"model_type", reader.architecture}};
    // A message about an absent key uses the file's names too.
    for (const GgufKey& row : gguf_keys()) {
        const auto* field = std::get_if<Field>(&row.known.meaning);
        if (field != nullptr && row.architecture.empty()) {
            reader.source.words[std::string(field->to)] = reader.full(row.known.key);
        }
    }
    for (const gguf::File::KeyValue& entry : reader.file.metadata()) read_key(reader, entry);
    check_required(reader);
    const std::string& type = reader.architecture;
    const bool latent = type == "deepseek2" || type == "minicpm3" || type == "mistral4";
    if (!latent && type != "mimo2") check_heads(reader);
    read_gguf_experts(reader);
    set_window(reader);
    if (type == "gemma2" || type == "gemma3") set_gemma_scale(reader);
    if (is_granite(reader)) set_granite_scales(reader);
    if (type == "falcon") set_falcon(reader);
    if (type == "gemma-embedding") set_embedding_gemma(reader);
    read_gguf_recurrent(reader);
    read_gguf_rope(reader);
    if (type == "gemma4") read_gguf_layers(reader);
    if (latent) read_gguf_latent(reader);
    if (type == "mimo2") read_gguf_mimo(reader);
    if (type == "t5" || type == "t5encoder") read_gguf_t5(reader);
    if (type == "apertus") read_gguf_xielu(reader);
    read_gguf_heads(reader);
    // Its converter has changed the order of rotated rows.
    if (type == "glm4" && reader.file.find(reader.full("rope.dimension_sections")) != nullptr) {
        config["model_type"] = "glm4v_text";
    }
    set_words(reader);
    if (const formats::SourceTensor* embed = reader.file.tensor("token_embd.weight")) {
        config["vocab_size"] = embed->rows();
    }
    config["tie_word_embeddings"] = !reader.has_tensor("output.weight");
}

}  // namespace

std::uint64_t GgufReader::number(const char* key) const {
    const auto found = source.config.find(key);
    return found != source.config.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                                       : 0;
}

void GgufReader::fail(const std::string& message) const {
    throw Error(ErrorCode::model, source.path, message);
}

Source open_gguf(const std::string& path) {
    struct Owned {
        explicit Owned(const std::string& path) : file(path) {}
        gguf::File file;
        std::vector<formats::SourceTensor> scaled;
    };
    const auto owned = std::make_shared<Owned>(path);
    const gguf::File* file = &owned->file;
    const auto architecture = file->get_string("general.architecture");
    if (!architecture) {
        throw Error(ErrorCode::model, path, "key general.architecture expected, none found");
    }
    Source source;
    source.path = path;
    source.format = Format::gguf;
    source.name = std::string(file->get_string("general.name").value_or(""));
    const GgufReader reader{*file, source, std::string(*architecture)};
    read_config(reader);
    for (const formats::SourceTensor& tensor : file->tensors()) {
        source.tensors.emplace(tensor.name, &tensor);
    }
    drop_extra_layers(reader);
    take_gguf_scales(reader, owned->scaled);
    // GGUF converters pair the rotary rows of these architectures.
    constexpr std::string_view kPaired[] = {
        "arcee", "granite", "granite_swa", "granitehybrid", "granitemoe", "internlm2",
        "llama", "minicpm", "mistral3",    "muse-glimmer",  "olmo",       "smollm3"};
    source.interleaved_rope = std::ranges::find(kPaired, *architecture) != std::end(kPaired);
    source.complete_norms = true;
    source.owners.push_back(owned);
    return source;
}

}  // namespace quire::models
