// GPT-BigCode: StarCoder, SantaCoder. GPT-2 with one key/value head, and matrices that are not
// transposed.
#include "models/families/families.h"

namespace quire::models {

void draft_gpt_bigcode(Draft& draft) {
    draft_gpt2(draft);
    Config& config = draft.config;
    config.ignore("attention_softmax_in_fp32", "how precisely another runner computes");
    config.ignore("scale_attention_softmax_in_fp32", "how precisely another runner computes");
    for (const char* key :
         {"inference_runner", "max_batch_size", "max_sequence_length", "pad_key_length",
          "pre_allocate_kv_cache", "runner_max_sequence_length", "validate_runner_input"}) {
        config.ignore(key, "how another runner computes the same");
    }
    const bool one_head = config.flag_or("multi_query", true);
    config.expect("num_key_value_heads",
                  {one_head ? 1U : draft.spec.layers.front().n_heads, nullptr});
    const std::string activation = config.text_or("activation_function", "gelu_pytorch_tanh");
    for (spec::LayerSpec& layer : draft.spec.layers) {
        if (one_head) layer.n_kv_heads = 1;
        layer.activation = activation_named(config, activation);
    }
    const std::uint64_t dim = draft.spec.dim;
    const std::uint64_t head = draft.spec.layers.front().head_dim;
    for (auto& [ours, from] : draft.names.layer) from.transposed = false;
    const auto set = [&](spec::LayerTensorName ours, RowSlice shared, std::uint64_t part) {
        draft.names.layer[ours].slice = one_head ? shared : RowSlice{part * head, head, 3 * head};
    };
    set("q", {0, dim, dim}, 0);
    set("k", {dim, head, head}, 1);
    set("v", {dim + head}, 2);
}

}  // namespace quire::models
