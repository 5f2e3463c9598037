// Apertus: norms of queries and keys, and an activation (xIELU) with numbers of each layer.
#include <cmath>

#include "lib/base/error.h"
#include "models/families/families.h"

namespace quire::models {

namespace {

// The one number in a tensor.
double number_in(const Source& source, const std::string& name) {
    const auto found = source.tensors.find(name);
    if (found == source.tensors.end() || found->second->rows() != 1 ||
        found->second->columns() != 1) {
        throw Error(ErrorCode::model, source.path, "tensor " + name + " expected, with one number");
    }
    float value = 0.0F;
    formats::read_row(std::span(&value, 1), *found->second, 0);
    return value;
}

double soft_plus(double x) {
    return x > 30.0 ? x : std::log1p(std::exp(x));
}

// source: transformers, activations.py, XIELUActivation.
void set_curve(Draft& draft, std::size_t layer, const std::vector<double>& numbers) {
    const double beta = numbers[2];
    // It limits what e^x is taken of, so that x near 0 loses no digits; beside beta x that is nothing.
    draft.config.refuse_if(!(numbers[3] <= 0.0 && numbers[3] > -1e-4), "an eps of xIELU");
    draft.names.of_layer[layer]["curve"].values = {static_cast<float>(soft_plus(numbers[0])),
                                                   static_cast<float>(beta + soft_plus(numbers[1])),
                                                   static_cast<float>(beta)};
}

}  // namespace

void draft_apertus(Draft& draft) {
    start_llama(draft, {.norm_eps = 1e-5, .positions = 65536, .theta = 1.2e7});
    Config& config = draft.config;
    config.expect("qk_norm", {true, nullptr});
    config.expect("post_norm", {false, nullptr});
    const Source& source = config.source();
    const bool gguf = source.format == Format::gguf;
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        spec::LayerSpec& layer = draft.spec.layers[i];
        layer.qk_norm = spec::QkNorm::head;
        layer.gated = false;
        layer.activation = spec::Activation::xielu;
        std::vector<double> numbers;
        for (const std::string part : {"alpha_p", "alpha_n", "beta", "eps"}) {
            numbers.push_back(gguf ? config.numbers_or(("xielu." + part).c_str(),
                                                       draft.spec.layers.size(), NAN)[i]
                                   : number_in(source, "model.layers." + std::to_string(i) +
                                                           ".mlp.act_fn." + part));
        }
        set_curve(draft, i, numbers);
    }
    draft.names.unused.emplace_back(".mlp.act_fn.");  // they are in the curves
    draft.names.layer["attn_norm"] = {"attention_layernorm"};
    draft.names.layer["ffn_norm"] = {"feedforward_layernorm"};
}

}  // namespace quire::models
