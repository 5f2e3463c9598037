// Sizes of single layers in a GGUF file, in the form in which transformers saves them: those of most
// layers, and under per_layer_config what differs in others. And its keys about experts, converted to
// those of config.json.

#include <utility>

#include "models/source/gguf_reader.h"

namespace quire::models {

namespace {

// A list of one number for each layer becomes that of the first layer, and what differs from it.
void spread(const GgufReader& reader, const char* key, std::uint64_t n_layers) {
    nlohmann::json& config = reader.source.config;
    const auto found = config.find(key);
    if (found == config.end() || !found->is_array()) return;
    const nlohmann::json list = *found;
    if (list.size() != n_layers) {
        reader.fail("key " + reader.source.words[key] + " expected " + std::to_string(n_layers) +
                    " numbers, found " + std::to_string(list.size()));
    }
    *found = list.front();
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (list[i] == list.front()) continue;
        config["per_layer_config"][std::to_string(i)][key] = list[i];
    }
}

// source: enum llama_expert_gating_func_type of llama.cpp.
void read_gating(const GgufReader& reader) {
    const auto kind = reader.file.get_u64(reader.full("expert_gating_func"));
    if (!kind) {
        // Files without the key: of DeepSeek's models only those with sigmoids have offsets.
        bool offsets = false;
        for (const formats::SourceTensor& tensor : reader.file.tensors()) {
            offsets = offsets || tensor.name.ends_with(".exp_probs_b.bias");
        }
        if (reader.architecture == "deepseek2" && offsets) {
            reader.source.config["scoring_func"] = "sigmoid";
        }
        return;
    }
    constexpr std::uint64_t kSoftmax = 1;
    constexpr std::uint64_t kSigmoid = 2;
    constexpr std::uint64_t kSoftmaxOfChosen = 3;  // as softmax whose weights are scaled
    nlohmann::json& config = reader.source.config;
    if (*kind == kSigmoid) {
        config["scoring_func"] = "sigmoid";
    } else if (*kind == kSoftmax || *kind == kSoftmaxOfChosen) {
        config.erase("scoring_func");
    } else {
        reader.fail(reader.named("expert_gating_func") + " expected 1, 2 or 3, found " +
                    std::to_string(*kind));
    }
    if (*kind == kSoftmaxOfChosen) config["norm_topk_prob"] = true;
}

// Values that say that the model has nothing of the kind.
void drop_neutral(const GgufReader& reader) {
    constexpr std::pair<const char*, int> kNeutral[] = {{"n_shared_experts", 0},
                                                        {"shared_expert_intermediate_size", 0},
                                                        {"n_group", 1},
                                                        {"topk_group", 1},
                                                        {"routed_scaling_factor", 1},
                                                        {"first_k_dense_replace", 0},
                                                        {"num_nextn_predict_layers", 0}};
    nlohmann::json& config = reader.source.config;
    for (const auto& [key, value] : kNeutral) {
        const auto found = config.find(key);
        if (found != config.end() && (*found == 0 || *found == value)) config.erase(found);
    }
}

// Layers that guess further tokens are counted among the others.
void uncount_predictors(const GgufReader& reader) {
    const std::uint64_t n = reader.number("num_nextn_predict_layers");
    const std::uint64_t all = reader.number("num_hidden_layers");
    if (n < all) reader.source.config["num_hidden_layers"] = all - n;
}

// One architecture name of GGUF covers DeepSeek and the model with its attention, but without experts.
void set_youtu(nlohmann::json& config) {
    config["model_type"] = "youtu";
    for (const char* key : {"first_k_dense_replace", "moe_intermediate_size"}) config.erase(key);
}

}  // namespace

void read_gguf_latent(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const std::uint64_t rotated =
        reader.file.get_u64(reader.full("rope.dimension_count")).value_or(0);
    if (reader.architecture == "minicpm3") config["qk_head_dim"] = reader.number("head_dim");
    const std::uint64_t key = reader.number("qk_head_dim");
    if (rotated == 0 || key <= rotated) {
        reader.fail(reader.named("attention.key_length_mla") + " expected above the " +
                    std::to_string(rotated) + " rotated dimensions, found " + std::to_string(key));
    }
    config["qk_rope_head_dim"] = rotated;
    config["qk_nope_head_dim"] = key - rotated;
    // Those of the one head that llama.cpp computes with.
    config["num_key_value_heads"] = config["num_attention_heads"];
    config.erase("head_dim");
    config.erase("partial_rotary_factor");
    if (!config.contains("rope_scaling")) return;
    // Written as a tenth of what it is; YaRN's amplitude is that of both.
    nlohmann::json& scaling = config["rope_scaling"];
    if (!scaling.contains("mscale_all_dim")) return;
    scaling["mscale_all_dim"] = scaling["mscale_all_dim"].get<double>() * 10.0;
    scaling["mscale"] = scaling["mscale_all_dim"];
}

void read_gguf_layers(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const std::uint64_t n_layers = reader.number("num_hidden_layers");
    // Heads of layers with a window.
    const std::uint64_t local = reader.number("head_dim_swa");
    if (reader.number("value_dim_swa") != local || reader.number("rotary_dim_swa") != local) {
        reader.fail(reader.named("attention.value_length_swa") + " and " +
                    reader.named("rope.dimension_count_swa") + " expected " +
                    std::to_string(local) + ", as attention.key_length_swa says");
    }
    for (const char* key : {"head_dim_swa", "value_dim_swa", "rotary_dim_swa"}) config.erase(key);
    config["per_layer_config"] = nlohmann::json::object();
    const nlohmann::json types = config.value("layer_types", nlohmann::json::array());
    const std::uint64_t wide = reader.number("head_dim");
    for (std::size_t i = 0; i < types.size() && i < spec::kMaxLayers; ++i) {
        if (types[i] != "full_attention" || wide == local) continue;
        config["per_layer_config"][std::to_string(i)]["head_dim"] = wide;
    }
    config["head_dim"] = local;
    spread(reader, "num_key_value_heads", n_layers);
    spread(reader, "intermediate_size", n_layers);
    // Values that are taken from the keys.
    for (std::size_t i = 0; i < types.size(); ++i) {
        const std::string layer = "blk." + std::to_string(i) + ".";
        const bool full = types[i] == "full_attention";
        if (full && reader.has_tensor(layer + "attn_k.weight")) {
            config["attention_k_eq_v"] = !reader.has_tensor(layer + "attn_v.weight");
        }
    }
}

void read_gguf_mimo(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const std::uint64_t n_layers = reader.number("num_hidden_layers");
    const auto width = reader.file.get_u64(reader.full("attention.value_length"));
    config["v_head_dim"] = width.value_or(reader.number("head_dim"));
    if (n_layers > spec::kMaxLayers) return;  // refused by the family
    nlohmann::json& experts = config["moe_layer_freq"] = nlohmann::json::array();
    for (std::uint64_t i = 0; i < n_layers; ++i) {
        const std::string layer = "blk." + std::to_string(i) + ".";
        experts.push_back(reader.has_tensor(layer + "ffn_gate_inp.weight") ? 1 : 0);
    }
    const nlohmann::json types = config.value("layer_types", nlohmann::json::array());
    const nlohmann::json heads = config.value("num_key_value_heads", nlohmann::json());
    if (!heads.is_array()) {
        config["swa_num_key_value_heads"] = heads;
        return;
    }
    if (heads.size() < n_layers || types.size() < n_layers) {
        reader.fail(reader.named("attention.head_count_kv") + " expected " +
                    std::to_string(n_layers) + " numbers, and as many windows");
    }
    config.erase("num_key_value_heads");
    for (std::uint64_t i = 0; i < n_layers; ++i) {
        const bool local = types[i] == "sliding_attention";
        const char* key = local ? "swa_num_key_value_heads" : "num_key_value_heads";
        if (config.value(key, heads[i]) != heads[i]) {
            reader.fail(reader.named("attention.head_count_kv") +
                        " expected one number for layers with windows and one for the others");
        }
        config[key] = heads[i];
    }
}

void read_gguf_t5(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const bool alone = reader.architecture == "t5encoder";
    const bool own_biases = reader.has_tensor("enc.blk.1.attn_rel_b.weight");  // of every layer
    const bool gated = reader.has_tensor("enc.blk.0.ffn_gate.weight");
    config["model_type"] = own_biases ? "umt5" : "t5";
    config["architectures"] = {alone ? "T5EncoderModel" : "T5ForConditionalGeneration"};
    config["feed_forward_proj"] = gated ? "gated-gelu" : "relu";
    config["is_encoder_decoder"] = !alone;
    if (!alone) config["max_length"] = reader.number("max_position_embeddings");
    config.erase("num_key_value_heads");
}

void read_gguf_xielu(const GgufReader& reader) {
    for (const char* key : {"xielu.alpha_n", "xielu.alpha_p", "xielu.beta", "xielu.eps"}) {
        const auto numbers = reader.file.get_array<float>(key);
        if (!numbers) reader.fail("key " + std::string(key) + " expected a number for each layer");
        nlohmann::json list = nlohmann::json::array();
        for (std::size_t i = 0; i < numbers->size(); ++i) list.push_back((*numbers)[i]);
        reader.source.config[key] = std::move(list);
    }
}

void read_gguf_experts(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    read_gating(reader);
    drop_neutral(reader);
    uncount_predictors(reader);
    if (reader.number("num_local_experts") == 0 && reader.number("num_experts_per_tok") == 0) {
        config.erase("num_local_experts");
        config.erase("num_experts_per_tok");
        if (reader.architecture == "deepseek2") set_youtu(config);
        return;
    }
    if (reader.architecture == "llama") config["model_type"] = "mixtral";
    if (reader.architecture == "granite_swa") config["model_type"] = "granitemoe_swa";
    if (!reader.architecture.starts_with("qwen3")) return;
    if (!config.contains("norm_topk_prob")) config["norm_topk_prob"] = true;
    // source: llama.cpp, models/qwen3moe.cpp. With a width of 0 the family names the key.
    const std::uint64_t used = reader.number("num_experts_per_tok");
    const std::uint64_t ffn_dim = reader.number("intermediate_size");
    if (reader.number("moe_intermediate_size") == 0 && used > 0 && ffn_dim >= used) {
        config["moe_intermediate_size"] = ffn_dim / used;
    }
}

}  // namespace quire::models
