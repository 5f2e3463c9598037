// GGUF's keys and tensor names in the words of config.json.
#include <algorithm>
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
constexpr Renamed kCounts[] = {
    {"context_length", "max_position_embeddings"},
    {"embedding_length", "hidden_size"},
    {"block_count", "num_hidden_layers"},
    {"feed_forward_length", "intermediate_size"},
    {"expert_feed_forward_length", "moe_intermediate_size"},
    {"attention.head_count", "num_attention_heads"},
    {"attention.head_count_kv", "num_key_value_heads"},
    {"attention.key_length", "head_dim"},
    {"attention.value_length", nullptr},
    {"attention.sliding_window", "sliding_window"},
    {"expert_count", "num_local_experts"},
    {"expert_used_count", "num_experts_per_tok"},
    {"vocab_size", nullptr},                            // the embedding has it
    {"rope.dimension_count", nullptr},                  // read with the width of a head
    {"rope.scaling.original_context_length", nullptr},  // read with the type of scaling
    {"rope.scaling.finetuned", nullptr},
    {"interleave", nullptr},
    {"pooling_type", nullptr},  // read into Source
};
constexpr Renamed kNumbers[] = {
    {"attention.layer_norm_rms_epsilon", "rms_norm_eps"},
    {"attention.layer_norm_epsilon", "layer_norm_eps"},
    {"rope.freq_base", "rope_theta"},
    {"rope.freq_base_swa", "rope_local_base_freq"},
    {"rope.scaling.factor", nullptr},
    {"rope.scaling.attn_factor", nullptr},
    {"attn_logit_softcapping", "attn_logit_softcapping"},
    {"final_logit_softcapping", "final_logit_softcapping"},
    {"embedding_scale", "embedding_multiplier"},
    {"residual_scale", "residual_multiplier"},
    {"attention.scale", "attention_multiplier"},
    {"logit_scale", "logits_scaling"},
};
constexpr Renamed kFlags[] = {
    {"use_parallel_residual", "use_parallel_residual"},
    {"attention.causal", nullptr},
};
constexpr std::string_view kOthers[] = {"rope.scaling.type", "tensor_data_layout"};

// Words that the configuration of one architecture has for what others call differently, and what
// its converter takes for granted.
struct Words {
    std::string_view architecture;
    std::string_view common;
    const char* own;
};
constexpr Words kWords[] = {
    {"gpt2", "max_position_embeddings", "n_positions"},
    {"gpt2", "hidden_size", "n_embd"},
    {"gpt2", "num_hidden_layers", "n_layer"},
    {"gpt2", "num_attention_heads", "n_head"},
    {"gpt2", "intermediate_size", "n_inner"},
    {"gpt2", "layer_norm_eps", "layer_norm_epsilon"},
    {"falcon", "intermediate_size", "ffn_hidden_size"},
    {"falcon", "layer_norm_eps", "layer_norm_epsilon"},
    {"starcoder2", "layer_norm_eps", "norm_epsilon"},
};

bool has_tensor(const formats::GgufFile& file, const std::string& name) {
    return file.tensor(name) != nullptr;
}

void read_keys(nlohmann::json& config, const formats::GgufFile& file, const std::string& path,
               const std::string& prefix) {
    std::set<std::string> known;
    const auto read = [&](const auto& table, auto get) {
        for (const Renamed& key : table) {
            const std::string name = prefix + std::string(key.gguf);
            known.insert(name);
            if (key.config == nullptr) continue;
            if (const auto value = get(name)) config[key.config] = *value;
        }
    };
    read(kCounts, [&](const std::string& name) { return file.get_u64(name); });
    read(kNumbers, [&](const std::string& name) { return file.get_f64(name); });
    read(kFlags, [&](const std::string& name) { return file.get_bool(name); });
    for (const std::string_view key : kOthers) known.insert(prefix + std::string(key));
    for (const auto& entry : file.metadata()) {
        if (entry.key.starts_with(prefix) && !known.contains(std::string(entry.key))) {
            throw Error(ErrorCode::model, path,
                        "key " + std::string(entry.key) + " is not understood");
        }
    }
}

void read_rope(nlohmann::json& config, const formats::GgufFile& file, const std::string& prefix) {
    const auto dim = file.get_u64(prefix + "rope.dimension_count");
    const std::uint64_t heads = config.value("num_attention_heads", std::uint64_t{1});
    const std::uint64_t width =
        config.value("head_dim", config.value("hidden_size", std::uint64_t{0}) /
                                     std::max<std::uint64_t>(1, heads));
    if (dim && width > 0 && *dim < width) {
        config["partial_rotary_factor"] = static_cast<double>(*dim) / static_cast<double>(width);
    }
    const auto scaling = file.get_string(prefix + "rope.scaling.type");
    const auto original = file.get_u64(prefix + "rope.scaling.original_context_length");
    if (scaling && *scaling != "none" && *scaling != "longrope") {
        nlohmann::json& object = config["rope_scaling"];
        object = {{"rope_type", std::string(*scaling)}};
        const auto factor = file.get_f64(prefix + "rope.scaling.factor");
        if (factor) object["factor"] = *factor;
        if (original && *scaling == "yarn") object["original_max_position_embeddings"] = *original;
    } else if (original) {
        // The factors are tensors; which ones are taken depends on this.
        config["original_max_position_embeddings"] = *original;
    }
}

void set_words(nlohmann::json& config, const formats::GgufFile& file,
               const std::string& architecture) {
    for (const Words& word : kWords) {
        if (word.architecture != architecture) continue;
        const auto found = config.find(word.common);
        if (found == config.end()) continue;
        config[word.own] = *found;
        config.erase(found);
    }
    const bool experts = config.value("num_local_experts", 0) > 0;
    if (architecture == "llama" && config.contains("sliding_window")) {
        config["model_type"] = "mistral";
    }
    if (architecture == "llama" && experts) config["model_type"] = "mixtral";
    if (architecture == "qwen3moe") config["norm_topk_prob"] = true;
    if (architecture == "falcon") {
        config["new_decoder_architecture"] = has_tensor(file, "blk.0.attn_norm_2.weight");
        config["num_kv_heads"] = config.value("num_key_value_heads", 1);
    }
    if (architecture == "stablelm") config["use_qkv_bias"] = has_tensor(file, "blk.0.attn_q.bias");
    if (architecture == "llama") config["attention_bias"] = has_tensor(file, "blk.0.attn_q.bias");
}

nlohmann::json read_config(const formats::GgufFile& file, const std::string& path,
                           const std::string& architecture) {
    nlohmann::json config{{"model_type", architecture}};
    const std::string prefix = architecture + ".";
    read_keys(config, file, path, prefix);
    read_rope(config, file, prefix);
    set_words(config, file, architecture);
    if (const formats::SourceTensor* embed = file.tensor("token_embd.weight")) {
        config["vocab_size"] = embed->rows();
    }
    config["tie_word_embeddings"] = !has_tensor(file, "output.weight");
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
        source.tensors.emplace(tensor.name, &tensor);
    }
    // The converter of this format pairs the rotary rows of these architectures.
    constexpr std::string_view kPaired[] = {"llama", "granite", "smollm3"};
    source.interleaved_rope = std::ranges::find(kPaired, *architecture) != std::end(kPaired);
    source.complete_norms = true;
    source.owner = file;
    return source;
}

}  // namespace quire::models
