// GGUF's keys and tensor names in the words of config.json.
#include <array>
#include <set>

#include "formats/gguf/gguf.h"
#include "lib/base/error.h"
#include "models/source.h"

namespace quire::models {

namespace {

struct Renamed {
    std::string_view gguf;  // behind "<architecture>."
    const char* config;     // nullptr: known, and of no use here
};

// source: docs/gguf.md of ggml and the constants of its Python package.
constexpr std::array<Renamed, 17> kCounts{{
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "intermediate_size"},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.value_length", nullptr},
    {"attention.sliding_window", "sliding_window"},
    {"expert_count", "num_local_experts"},
    {"expert_used_count", nullptr},
    {"vocab_size", nullptr},  // the embedding has it
    {"rope.dimension_count", nullptr},
    {"rope.scaling.original_context_length", nullptr},
    {"rope.scaling.finetuned", nullptr},
    {"interleave", nullptr},
    {"use_parallel_residual", nullptr},
}};
constexpr std::array<Renamed, 3> kNumbers{{
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"rope.freq_base", "rope_theta"},
    {"rope.scaling.factor", nullptr},  // read with the type of scaling
}};
constexpr std::array<std::string_view, 2> kOthers{"rope.scaling.type", "tensor_data_layout"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kBlockTensors{{
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_output", "self_attn.o_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_down", "mlp.down_proj"},
}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOtherTensors{{
    {"token_embd.weight", "model.embed_tokens.weight"},
    {"output_norm.weight", "model.norm.weight"},
    {"output.weight", "lm_head.weight"},
    {"rope_freqs.weight", "rope_factors"},
}};

// "blk.3.attn_q.weight" -> "model.layers.3.self_attn.q_proj.weight"; a name that is not known
// stays.
std::string rename_tensor(std::string_view name) {
    for (const auto& [gguf, hf] : kOtherTensors) {
        if (name == gguf) return std::string(hf);
    }
    constexpr std::string_view kBlock = "blk.";
    if (!name.starts_with(kBlock)) return std::string(name);
    const auto dot = name.find('.', kBlock.size());
    const auto end = name.rfind('.');
    if (dot == std::string_view::npos || end <= dot) return std::string(name);
    const std::string_view middle = name.substr(dot + 1, end - dot - 1);
    for (const auto& [gguf, hf] : kBlockTensors) {
        if (middle == gguf) {
            return "model.layers." + std::string(name.substr(kBlock.size(), dot - kBlock.size())) +
                   "." + std::string(hf) + std::string(name.substr(end));
        }
    }
    return std::string(name);
}

nlohmann::json read_config(const formats::GgufFile& file, const std::string& path,
                           const std::string& architecture) {
    nlohmann::json config{{"model_type", architecture}};
    const std::string prefix = architecture + ".";
    std::set<std::string> known;
    for (const Renamed& key : kCounts) {
        const std::string name = prefix + std::string(key.gguf);
        known.insert(name);
        if (key.config == nullptr) continue;
        if (const auto value = file.get_u64(name)) config[key.config] = *value;
    }
    for (const Renamed& key : kNumbers) {
        const std::string name = prefix + std::string(key.gguf);
        known.insert(name);
        if (key.config == nullptr) continue;
        if (const auto value = file.get_f64(name)) config[key.config] = *value;
    }
    for (const std::string_view key : kOthers) known.insert(prefix + std::string(key));
    for (const auto& entry : file.metadata()) {
        if (entry.key.starts_with(prefix) && !known.contains(std::string(entry.key))) {
            throw Error(ErrorCode::model, path,
                        "key " + std::string(entry.key) + " is not understood");
        }
    }
    const auto scaling = file.get_string(prefix + "rope.scaling.type");
    if (scaling && *scaling != "none") {
        config["rope_scaling"] = {{"rope_type", std::string(*scaling)}};
        if (const auto factor = file.get_f64(prefix + "rope.scaling.factor")) {
            config["rope_scaling"]["factor"] = *factor;
        }
    }
    if (const formats::SourceTensor* embed = file.tensor("token_embd.weight")) {
        config["vocab_size"] = embed->rows();
    }
    return config;
}

}  // namespace

Source open_gguf(const std::string& path) {
    const auto file = std::make_shared<formats::GgufFile>(path);
    const auto architecture = file->get_string("general.architecture");
    if (!architecture) {
        throw Error(ErrorCode::model, path, "key general.architecture expected, none found");
    }
    Source source;
    source.path = path;
    source.format = "gguf";
    source.name = std::string(file->get_string("general.name").value_or(""));
    source.config = read_config(*file, path, std::string(*architecture));
    for (const formats::SourceTensor& tensor : file->tensors()) {
        source.tensors.emplace(rename_tensor(tensor.name), &tensor);
    }
    // The converter of this format pairs the rotary rows of this one architecture.
    source.interleaved_rope = *architecture == "llama";
    source.complete_norms = true;
    source.plain_qkv = true;
    source.plain_matrices = true;
    source.owner = file;
    return source;
}

}  // namespace quire::models
