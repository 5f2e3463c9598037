// The keys of Mamba-2's own configuration.
#include "lib/base/json/json_text.h"
#include "models/families/recurrent/mamba.h"

namespace quire::models {

MambaSizes read_mamba2_sizes(Config& config, const MambaKeys& keys) {
    const CountRange widths{1, spec::kMaxHeadDim};
    MambaSizes sizes;
    sizes.heads = config.count_or(keys.heads, 128, {1, spec::kMaxHeads});
    sizes.head_dim = config.count_or(keys.head_dim, 64, widths);
    sizes.groups = config.count_or("n_groups", 8, {1, spec::kMaxHeads});
    sizes.state = config.count_or(keys.state, 128, widths);
    sizes.conv_width = config.count_or("conv_kernel", 4, {1, spec::kMaxConvWidth});
    sizes.conv_bias = config.flag_or("use_conv_bias", true);
    config.expect("use_bias", {false, nullptr});
    config.ignore("expand", "follows from the heads and their width");
    config.ignore("rescale_prenorm_residual", "only training reads it");
    for (const char* key : {"chunk_size", "residual_in_fp32"}) {
        config.ignore(key, "how to compute the same result");
    }
    check_mamba_keys(config);
    return sizes;
}

std::vector<std::string> block_types(Config& config) {
    std::vector<std::string> out;
    const nlohmann::json* types = config.find("layers_block_type");
    if (types == nullptr) types = config.find("layer_types");
    const std::string letters = config.text_or("hybrid_override_pattern", "");
    for (std::size_t i = 0; types != nullptr && i < types->size(); ++i) {
        const nlohmann::json& type = (*types)[i];
        out.push_back(type.is_string() ? type.get<std::string>() : base::json_excerpt(type));
    }
    for (std::size_t i = 0; types == nullptr && i < letters.size(); ++i) {
        out.emplace_back(letters[i] == 'M'   ? "mamba"
                         : letters[i] == '*' ? "attention"
                         : letters[i] == '-' ? "mlp"
                         : letters[i] == 'E' ? "moe"
                                             : letters.substr(i, 1));
    }
    return out;
}

}  // namespace quire::models
