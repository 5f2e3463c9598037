// What the configurations of most decoders share: the keys and tensor names of Llama.

#include <algorithm>
#include <cmath>

#include "lib/base/join.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "models/draft/draft.h"

namespace quire::models {

namespace {

struct NamedActivation {
    std::string_view name;
    spec::Activation activation;
};

// source: transformers, activations.py, ACT2CLS.
constexpr NamedActivation kActivations[] = {
    {"gelu", spec::Activation::gelu_erf},
    {"gelu_fast", spec::Activation::gelu_tanh},
    {"gelu_new", spec::Activation::gelu_tanh},
    {"gelu_pytorch_tanh", spec::Activation::gelu_tanh},
    {"quick_gelu", spec::Activation::gelu_quick},
    {"relu", spec::Activation::relu},
    {"relu2", spec::Activation::relu2},
    {"sigmoid", spec::Activation::sigmoid},
    {"silu", spec::Activation::silu},
    {"swish", spec::Activation::silu},
    {"tanh", spec::Activation::tanh},
    {"xielu", spec::Activation::xielu},
};

// Queries that grow behind the original context; the layers that have them are set by the family.
void grow_queries(Draft& draft, const RopeTable& table) {
    const std::uint32_t step = table.growth_positions;
    // A number for each of so many positions is a tensor of the file.
    constexpr std::uint32_t kMaxGrowths = 1U << 20;
    draft.config.refuse_if(draft.spec.context_length / step > kMaxGrowths,
                           "a context of more than 2^20 times original_max_position_embeddings");
    draft.spec.growth_positions = step;
    std::vector<float>& values = draft.names.model["query_growth"].values;
    values.clear();
    const std::uint32_t n_steps = (draft.spec.context_length - 1) / step;
    for (std::uint32_t i = 0; i <= n_steps; ++i) {
        values.push_back(static_cast<float>(1.0 + table.growth * std::log(1.0 + i)));
    }
}

}  // namespace

std::uint32_t Draft::context_of(std::uint32_t positions) const {
    return options.context == 0 ? positions : options.context;
}

std::uint32_t Draft::window_said(std::uint32_t unsaid) {
    const bool says = config.has("sliding_window") || config.source().format == Format::gguf;
    return config.count_or("sliding_window", says ? 0 : unsaid);
}

std::uint32_t Draft::window(std::uint32_t unsaid) {
    const std::uint32_t window = window_said(unsaid);
    return window < spec.context_length ? window : 0;
}

void set_output(Draft& draft, const std::string& name, bool tied_otherwise) {
    Config& config = draft.config;
    const bool found = config.source().tensors.contains(name + ".weight");
    draft.names.model["output"] = {name};
    if (config.flag_or("tie_word_embeddings", tied_otherwise || !found)) {
        draft.spec.output = spec::OutputKind::tied;
        draft.names.unused.push_back(name + ".weight");  // a copy of the embedding
    } else {
        // A model published for its hidden states may come without this matrix.
        const nlohmann::json* architectures = config.find("architectures");
        const bool for_text =
            architectures == nullptr || architectures->dump().find("LM") != std::string::npos;
        draft.spec.output = found || for_text ? spec::OutputKind::own : spec::OutputKind::none;
    }
    set_classifier(draft);
}

void add_output_bias(Draft& draft) {
    if (draft.spec.output == spec::OutputKind::own) {
        draft.spec.output = spec::OutputKind::biased;
    } else if (draft.spec.output == spec::OutputKind::none) {
        draft.names.unused.push_back(draft.names.model.at("output").name + ".bias");
    }
}

spec::Activation activation_named(Config& config, const std::string& name) {
    const auto found = std::ranges::find(kActivations, name, &NamedActivation::name);
    if (found != std::end(kActivations)) return found->activation;
    config.fail("activation expected one of " +
                base::join(kActivations, ", ", &NamedActivation::name) + ", found " +
                base::quoted(name));
}

std::string layer_type(Config& config, std::size_t layer) {
    const nlohmann::json* types = config.find("layer_types");
    if (types == nullptr) return "";
    if (!types->is_array() || layer >= types->size() || !(*types)[layer].is_string()) {
        config.fail("layer_types expected one for each layer, found " + base::json_excerpt(*types));
    }
    return (*types)[layer].get<std::string>();
}

bool is_sliding(Config& config, std::size_t layer, bool otherwise) {
    const std::string type = layer_type(config, layer);
    if (type.empty()) return otherwise;
    if (type == "sliding_attention") return true;
    if (type == "full_attention") return false;
    config.fail("layer_types expected full_attention or sliding_attention, found " +
                base::quoted(type));
}

std::uint32_t Draft::add_rope(std::uint32_t head_dim, const std::string& layer_type, double theta,
                              double partial) {
    RopeBasis basis;
    basis.head_dim = head_dim;
    basis.context = spec.context_length;
    basis.max_positions = config.count_or("max_position_embeddings", spec.context_length);
    basis.theta = theta;
    basis.partial = partial;
    return add_rope(rope_table(config, basis, layer_type));
}

std::uint32_t Draft::add_rope(RopeTable table) {
    if (table.growth != 0.0 && spec.context_length > table.growth_positions) {
        grow_queries(*this, table);
    }
    spec.ropes.push_back(table.spec);
    ropes.push_back(std::move(table));
    return static_cast<std::uint32_t>(ropes.size() - 1);
}

void Draft::set_layers(const char* key, const spec::LayerSpec& layer) {
    spec.layers.assign(config.count(key, {1, spec::kMaxLayers}), layer);
}

void start_decoder(Draft& draft, const Unsaid& unsaid) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    spec.dim = config.count("hidden_size", {1, spec::kMaxDim});
    spec.vocab_size = unsaid.vocabulary == 0 ? config.count("vocab_size")
                                             : config.count_or("vocab_size", unsaid.vocabulary);
    // Llama 1 had a key of its own.
    const std::uint32_t positions = config.count_or("max_sequence_length", unsaid.positions);
    spec.context_length = draft.context_of(config.count_or("max_position_embeddings", positions));
    spec.norm_eps = static_cast<float>(config.number_or("rms_norm_eps", unsaid.norm_eps));

    spec::LayerSpec layer;
    layer.n_heads = config.count("num_attention_heads", {1, spec::kMaxHeads});
    layer.n_kv_heads = config.count_or("num_key_value_heads", layer.n_heads, {1, spec::kMaxHeads});
    layer.head_dim = config.count_or("head_dim", spec.dim / layer.n_heads, {1, spec::kMaxHeadDim});
    layer.ffn_dim = config.count_or("intermediate_size", 4 * spec.dim, {1, spec::kMaxFfnDim});
    layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
    layer.activation = activation_named(config, config.text_or("hidden_act", "silu"));
    layer.qkv_bias = config.flag_or("attention_bias", false);
    layer.o_bias = layer.qkv_bias;
    layer.ffn_bias = config.flag_or("mlp_bias", false);
    draft.set_layers(unsaid.layers, layer);

    draft.names.model = {{"embed", {"embed_tokens"}},
                         {"output_norm", {"norm"}},
                         {"output", {"lm_head"}},
                         {"classifier.out", {"score"}}};
    draft.names.layer = {{"attn_norm", {"input_layernorm"}},
                         {"q", {.name = "self_attn.q_proj", .rotary = true}},
                         {"k", {.name = "self_attn.k_proj", .rotary = true}},
                         {"v", {"self_attn.v_proj"}},
                         {"o", {"self_attn.o_proj"}},
                         {"q_norm", {"self_attn.q_norm"}},
                         {"k_norm", {"self_attn.k_norm"}},
                         {"ffn_norm", {"post_attention_layernorm"}},
                         {"gate", {"mlp.gate_proj"}},
                         {"up", {"mlp.up_proj"}},
                         {"down", {"mlp.down_proj"}}};
    // Old checkpoints store the frequencies, which follow from the configuration.
    draft.names.unused = {"rotary_emb.inv_freq"};
    set_output(draft, "lm_head");
}

void set_recurrent(spec::LayerSpec& layer, spec::Recurrence recurrence) {
    layer.recurrence = recurrence;
    layer.n_heads = 0;
    layer.n_kv_heads = 0;
    layer.head_dim = 0;
    layer.rope = std::nullopt;
    layer.qk_norm = spec::QkNorm::none;
    layer.qkv_bias = false;
    layer.o_bias = false;
}

void start_llama(Draft& draft, const Unsaid& unsaid) {
    start_decoder(draft, unsaid);
    const std::uint32_t rope = draft.add_rope(draft.spec.layers.front().head_dim, "", unsaid.theta);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.rope = rope;
}

}  // namespace quire::models
