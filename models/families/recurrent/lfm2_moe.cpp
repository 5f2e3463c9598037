// LFM2 with experts, which a router of sigmoids chooses, and dense layers at the front.
#include "models/families/families.h"
#include "models/families/recurrent/lfm2.h"

namespace quire::models {

void draft_lfm2_moe(Draft& draft) {
    start_lfm2(draft);
    Config& config = draft.config;
    const std::uint32_t ffn_dim = config.count_or("intermediate_size", 7168, {1, spec::kMaxFfnDim});
    const auto dense = draft.names.layer;
    set_experts(draft, config.flag_or("norm_topk_prob", true));
    set_expert_dim(draft);
    config.ignore("block_auto_adjust_ff_dim", "of dense models");
    config.expect("scoring_func", {"sigmoid", nullptr});
    const bool offsets = config.flag_or("use_expert_bias", true);
    for (spec::LayerSpec& layer : draft.spec.layers) {
        layer.router_score = spec::RouterScore::sigmoid;
        layer.router_offsets = offsets;
    }
    set_expert_scale(draft, config.number_or("routed_scaling_factor", 1.0));
    auto& names = draft.names.layer;
    names["router"] = {"feed_forward.gate"};
    names["router_offsets"] = {.name = "feed_forward.expert_bias", .bare = true};
    names["gate"] = {"feed_forward.experts.{}.w1"};
    names["up"] = {"feed_forward.experts.{}.w3"};
    names["down"] = {"feed_forward.experts.{}.w2"};
    const bool gguf = config.source().format == Format::gguf;
    const std::uint32_t n_dense = config.count_or("num_dense_layers", gguf ? 0 : 2);
    for (std::size_t i = 0; i < n_dense && i < draft.spec.layers.size(); ++i) {
        make_dense(draft, i, ffn_dim);
        for (const auto name : std::initializer_list<spec::LayerTensorName>{"gate", "up", "down"}) {
            draft.names.of_layer[i][name] = dense.at(name);
        }
    }
}

}  // namespace quire::models
