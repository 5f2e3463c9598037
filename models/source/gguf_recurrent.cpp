// GGUF's keys of models with recurrent layers: which layers those are.
#include <algorithm>

#include "models/source/gguf_reader.h"

namespace quire::models {

namespace {

// A layer without key/value heads has another block instead of attention, of the type `other`.
void read_layers_by_heads(const GgufReader& reader, const char* other) {
    nlohmann::json& config = reader.source.config;
    const auto heads = config.find("num_key_value_heads");
    if (heads == config.end() || !heads->is_array()) return;
    const auto counts = heads->get<std::vector<std::uint64_t>>();
    const std::uint64_t most = counts.empty() ? 0 : *std::ranges::max_element(counts);
    nlohmann::json types = nlohmann::json::array();
    for (const std::uint64_t n : counts) {
        if (n != 0 && n != most) {
            reader.fail(reader.named("attention.head_count_kv") + " expected 0 or " +
                        std::to_string(most) + " for each layer, found " + std::to_string(n));
        }
        types.push_back(n == 0 ? other : "full_attention");
    }
    config["layer_types"] = std::move(types);
    reader.source.words["layer_types"] = reader.full("attention.head_count_kv");
    *heads = most;
}

void set_lfm2(const GgufReader& reader) {
    reader.source.config["block_auto_adjust_ff_dim"] = false;  // the width is given
    read_layers_by_heads(reader, "conv");
}

// Granite 4.
void set_granite_hybrid(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    read_layers_by_heads(reader, "mamba");
    const std::uint64_t heads = reader.number("mamba_n_heads");
    const auto inner = reader.file.get_u64(reader.full("ssm.inner_size"));
    if (heads > 0 && inner) config["mamba_d_head"] = *inner / heads;
    if (!config.contains("num_local_experts")) config["num_local_experts"] = 0;
    if (reader.number("shared_intermediate_size") == 0) {
        config["shared_intermediate_size"] = config["intermediate_size"];
    }
    const bool rotates = reader.file.get_bool(reader.full("rope.scaling.finetuned")).value_or(true);
    config["position_embedding_type"] = rotates ? "rope" : "nope";
    // llama.cpp's converter pairs the rows of whole heads, although Bamba rotates half of each.
    const std::uint64_t n_heads = std::max<std::uint64_t>(1, reader.number("num_attention_heads"));
    const auto rotated = reader.file.get_u64(reader.full("rope.dimension_count"));
    if (rotates && rotated && *rotated != reader.number("hidden_size") / n_heads) {
        reader.fail(reader.named("rope.dimension_count") + " expected the width of a head, found " +
                    std::to_string(*rotated));
    }
}

// Layers at the end that guess further tokens are not kept.
void set_qwen3_5(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    const std::uint64_t extra =
        reader.file.get_u64(reader.full("nextn_predict_layers")).value_or(0);
    const std::uint64_t all = reader.number("num_hidden_layers");
    if (extra >= all) reader.fail(reader.named("nextn_predict_layers") + " expected fewer layers");
    config["num_hidden_layers"] = all - extra;
    const std::uint64_t heads = reader.number("linear_num_value_heads");
    const auto inner = reader.file.get_u64(reader.full("ssm.inner_size"));
    if (heads > 0 && inner) config["linear_value_head_dim"] = *inner / heads;
    const std::string key = reader.full("attention.recurrent_layers");
    if (reader.file.find(key) == nullptr) return;
    const auto recurrent = reader.file.get_array<bool>(key);
    if (!recurrent || recurrent->size() != all) {
        reader.fail("key " + key + " expected a flag for each layer");
    }
    nlohmann::json types = nlohmann::json::array();
    for (std::size_t i = 0; i < all - extra; ++i) {
        types.push_back((*recurrent)[i] ? "linear_attention" : "full_attention");
    }
    config["layer_types"] = std::move(types);
    reader.source.words["layer_types"] = key;
}

// Mamba-2's heads, whose width is a key of this name in config.json.
void set_mamba2(const GgufReader& reader, const char* n_heads, const char* width) {
    const std::uint64_t heads = reader.number(n_heads);
    const auto inner = reader.file.get_u64(reader.full("ssm.inner_size"));
    if (heads > 0 && inner) reader.source.config[width] = *inner / heads;
}

// A number for each layer, of which the first that is not 0 counts; 0 says that the layer has none.
std::vector<bool> which_have(const GgufReader& reader, const char* key) {
    nlohmann::json& value = reader.source.config[key];
    const std::uint64_t n = std::min<std::uint64_t>(reader.number("num_hidden_layers"), 1U << 16);
    std::vector<bool> out(n, value != 0);
    std::uint64_t width = value.is_array() ? 0 : reader.number(key);
    for (std::size_t i = 0; value.is_array() && i < n; ++i) {
        const std::uint64_t here = i < value.size() ? value[i].get<std::uint64_t>() : 0;
        out[i] = here != 0;
        if (width == 0) width = here;
        if (here == 0 || here == width) continue;
        reader.fail("key " + reader.source.words[key] + " expected 0 or " + std::to_string(width) +
                    " for each layer, found " + std::to_string(here));
    }
    value = width;
    return out;
}

// Layers of one block each.
void set_nemotron_h(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    set_mamba2(reader, "mamba_num_heads", "mamba_head_dim");
    const std::vector<bool> attention = which_have(reader, "num_key_value_heads");
    const std::vector<bool> ffn = which_have(reader, "intermediate_size");
    nlohmann::json types = nlohmann::json::array();
    for (std::size_t i = 0; i < attention.size(); ++i) {
        const std::string router = "blk." + std::to_string(i) + ".ffn_gate_inp.weight";
        types.push_back(attention[i]                ? "full_attention"
                        : !ffn[i]                   ? "linear_attention"
                        : reader.has_tensor(router) ? "moe"
                                                    : "mlp");
    }
    config["layers_block_type"] = std::move(types);
    reader.source.words["layers_block_type"] = reader.full("attention.head_count_kv");
    if (config["num_key_value_heads"] == 0) config.erase("num_key_value_heads");
    if (config["intermediate_size"] == 0) config.erase("intermediate_size");
}

// What is written of blocks that it does not have.
void drop_other_blocks(const GgufReader& reader) {
    nlohmann::json& config = reader.source.config;
    for (const char* key : {"intermediate_size", "num_attention_heads", "num_key_value_heads"}) {
        const auto found = config.find(key);
        if (found != config.end() && *found == 0) config.erase(found);
    }
}

void set_falcon_h1(const GgufReader& reader) {
    reader.source.config["mamba_rms_norm"] = reader.has_tensor("blk.0.ssm_norm.weight");
    reader.source.config["mamba_norm_before_gate"] = false;
}

}  // namespace

void read_gguf_recurrent(const GgufReader& reader) {
    const std::string& type = reader.architecture;
    if (type == "granitehybrid") set_granite_hybrid(reader);
    if (type == "lfm2" || type == "lfm2moe") set_lfm2(reader);
    if (type == "qwen35" || type == "qwen35moe" || type == "qwen3next") set_qwen3_5(reader);
    if (type == "nemotron_h" || type == "nemotron_h_moe") set_nemotron_h(reader);
    if (type == "falcon-h1") set_falcon_h1(reader);
    if (type != "mamba2") return;
    set_mamba2(reader, "num_heads", "head_dim");
    drop_other_blocks(reader);
}

// Tensors of layers behind the last one, which guess further tokens.
void drop_extra_layers(const GgufReader& reader) {
    const std::uint64_t extra =
        reader.file.get_u64(reader.full("nextn_predict_layers")).value_or(0);
    if (extra == 0) return;
    std::size_t n_left_out = 0;
    for (std::uint64_t i = 0; i < extra; ++i) {
        const std::string prefix =
            "blk." + std::to_string(reader.number("num_hidden_layers") + i) + ".";
        n_left_out += std::erase_if(reader.source.tensors, [&](const auto& tensor) {
            return tensor.first.starts_with(prefix);
        });
    }
    reader.source.notes.push_back("further tokens are not guessed: left out " +
                                  std::to_string(n_left_out) + " tensors of " +
                                  std::to_string(extra) + " layers");
}

}  // namespace quire::models
