// Granite SWA: Granite with windows in most layers, a score of no position in each softmax (sinks), and
// a theta of each layer, which is not rotated where it is 0.
#include <map>

#include "lib/base/json/json_text.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

// The rotary tables of the layers, one for each theta.
void set_thetas(Draft& draft, const nlohmann::json& thetas) {
    std::map<double, std::uint32_t> ropes;
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        if (!thetas.is_array() || i >= thetas.size() || !thetas[i].is_number()) {
            draft.config.fail("layer_rope_theta expected a number for each layer, found " +
                              base::json_excerpt(thetas));
        }
        const auto theta = thetas[i].get<double>();
        layer.rope.reset();
        if (theta == 0.0) continue;
        if (!ropes.contains(theta)) {
            ropes[theta] = draft.add_rope(plain_rope(draft.config, layer.head_dim, theta));
        }
        layer.rope = ropes.at(theta);
    }
}

}  // namespace

void draft_granite_swa(Draft& draft) {
    draft_granite(draft);
    Config& config = draft.config;
    const std::uint32_t window = draft.window(128);
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        if (is_sliding(config, i, i % 4 != 0)) draft.spec.layers[i].window = window;
        draft.spec.layers[i].sinks = true;
    }
    draft.names.layer["sinks"] = {.name = "self_attn.sinks", .bare = true};
    const nlohmann::json* thetas = config.find("layer_rope_theta");
    if (thetas == nullptr) return;
    const nlohmann::json* rope = config.find("rope_parameters");
    config.refuse_if(rope != nullptr && rope->value("rope_type", "default") != "default",
                     "layer_rope_theta beside a scaling");
    draft.spec.ropes.clear();
    draft.ropes.clear();
    set_thetas(draft, *thetas);
}

}  // namespace quire::models
