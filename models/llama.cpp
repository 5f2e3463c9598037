// Llama and what is built like it: Llama 1 to 3.2, SmolLM 1 and 2, TinyLlama, Mistral.
#include <algorithm>

#include "models/family.h"

namespace quire::models {

Plan plan_llama(const Source& source) {
    const Config config(source);
    config.refuse_if(config.text_or("hidden_act", "silu") != "silu", "hidden_act other than silu");
    config.refuse_if(config.flag_or("attention_bias", false), "attention_bias");
    config.refuse_if(config.flag_or("mlp_bias", false), "mlp_bias");
    config.refuse_if(config.count_or("num_local_experts", 0) > 0, "mixture of experts");

    Plan plan;
    spec::ModelSpec& spec = plan.spec;
    spec.dim = config.count("hidden_size");
    spec.vocab_size = config.count("vocab_size");
    spec.norm_eps = static_cast<float>(config.number("rms_norm_eps"));
    spec.context_length = config.count("max_position_embeddings");
    // Inside a sliding window attention sees everything: within that length the model is exact.
    spec.context_length =
        std::min(spec.context_length, config.count_or("sliding_window", spec.context_length));
    spec::LayerSpec layer;
    layer.n_heads = config.count("num_attention_heads");
    layer.n_kv_heads = config.count_or("num_key_value_heads", layer.n_heads);
    layer.head_dim = config.count_or("head_dim", layer.n_heads == 0 ? 0 : spec.dim / layer.n_heads);
    layer.ffn_dim = config.count("intermediate_size");
    spec.layers.assign(config.count("num_hidden_layers"), layer);

    Taker tensors(source);
    const auto add = [&](const std::string& name, const std::string& theirs,
                         std::uint32_t unpair_head_dim = 0) {
        plan.tensors.push_back({name, tensors.take(theirs + ".weight"), unpair_head_dim, {}});
    };
    const std::uint32_t paired = source.interleaved_rope ? layer.head_dim : 0;
    add("embed", "model.embed_tokens");
    plan.tensors.push_back({"rope.freqs", nullptr, 0,
                            rope_freqs(config, layer.head_dim, tensors.take_if("rope_factors"))});
    for (std::size_t i = 0; i < spec.layers.size(); ++i) {
        const std::string ours = "layers." + std::to_string(i) + ".";
        const std::string theirs = "model.layers." + std::to_string(i) + ".";
        add(ours + "attn_norm", theirs + "input_layernorm");
        add(ours + "q", theirs + "self_attn.q_proj", paired);
        add(ours + "k", theirs + "self_attn.k_proj", paired);
        add(ours + "v", theirs + "self_attn.v_proj");
        add(ours + "o", theirs + "self_attn.o_proj");
        add(ours + "ffn_norm", theirs + "post_attention_layernorm");
        add(ours + "gate", theirs + "mlp.gate_proj");
        add(ours + "up", theirs + "mlp.up_proj");
        add(ours + "down", theirs + "mlp.down_proj");
        // Old checkpoints carry the frequencies, which follow from the configuration.
        tensors.take_if(theirs + "self_attn.rotary_emb.inv_freq");
    }
    add("output_norm", "model.norm");
    const formats::SourceTensor* output = tensors.take_if("lm_head.weight");
    spec.tied_embeddings = config.flag_or("tie_word_embeddings", output == nullptr);
    config.refuse_if(!spec.tied_embeddings && output == nullptr,
                     "untied embeddings without a tensor lm_head.weight");
    if (!spec.tied_embeddings) plan.tensors.push_back({"output", output, 0, {}});
    tensors.done();
    return plan;
}

}  // namespace quire::models
