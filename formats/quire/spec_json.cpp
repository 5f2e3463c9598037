#include "formats/quire/spec_json.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "lib/base/json/json.h"
#include "lib/base/json/json_object.h"
#include "lib/base/json/json_text.h"
#include "lib/spec/names.h"

namespace quire::formats {

namespace {

using Json = nlohmann::ordered_json;
using SpecObject = base::JsonObject<Json>;

template <typename T>
Json nullable(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json name_or_null(const std::optional<spec::Activation>& activation) {
    return activation ? Json(spec::name(*activation)) : Json(nullptr);
}

template <typename Enum>
Enum get_enum(SpecObject& fields, const char* key) {
    return fields.get(key, spec::names(Enum{}));
}

float get_float(SpecObject& fields, const char* key) {
    return static_cast<float>(fields.get<double>(key));
}

// The fields that version 5 added, each in one line. They are in a file only where they differ from
// what older versions imply, so that older readers read all other files.
template <typename Visit>
void for_new_fields(const spec::LayerSpec& /*of*/, const Visit& visit) {
    using Layer = spec::LayerSpec;
    visit("v_dim", &Layer::v_dim);
    visit("q_rank", &Layer::q_rank);
    visit("kv_rank", &Layer::kv_rank);
    visit("v_norm", &Layer::v_norm);
    visit("attn_gate", &Layer::attn_gate);
    visit("sinks", &Layer::sinks);
    visit("growing", &Layer::growing);
    visit("slopes", &Layer::slopes);
    visit("router_score", &Layer::router_score);
    visit("router_bias", &Layer::router_bias);
    visit("router_offsets", &Layer::router_offsets);
    visit("n_expert_groups", &Layer::n_expert_groups);
    visit("n_groups_used", &Layer::n_groups_used);
    visit("group_score", &Layer::group_score);
    visit("expert_scales", &Layer::expert_scales);
    visit("weighs_inputs", &Layer::weighs_inputs);
    visit("expert_dim", &Layer::expert_dim);
    visit("shared_dim", &Layer::shared_dim);
    visit("shared_gate", &Layer::shared_gate);
    visit("expert_norms", &Layer::expert_norms);
    visit("kv_layer", &Layer::kv_layer);
    visit("scaled", &Layer::scaled);
    visit("attn_norm", &Layer::attn_norm);
    visit("shares", &Layer::shares);
    visit("chunk", &Layer::chunk);
    visit("bias_distance", &Layer::bias_distance);
    visit("recurrence", &Layer::recurrence);
    visit("conv_width", &Layer::conv_width);
    visit("state_heads", &Layer::state_heads);
    visit("state_key_heads", &Layer::state_key_heads);
    visit("state_key_dim", &Layer::state_key_dim);
    visit("state_value_dim", &Layer::state_value_dim);
    visit("conv_bias", &Layer::conv_bias);
    visit("state_tiled", &Layer::state_tiled);
    visit("state_norm", &Layer::state_norm);
    visit("decay_rank", &Layer::decay_rank);
    visit("gain_rank", &Layer::gain_rank);
    visit("gate_rank", &Layer::gate_rank);
    visit("value_rank", &Layer::value_rank);
    visit("ffn_shift", &Layer::ffn_shift);
    visit("n_cells", &Layer::n_cells);
    visit("cell_bias", &Layer::cell_bias);
    visit("reads_embed", &Layer::reads_embed);
    visit("cross", &Layer::cross);
}
template <typename Visit>
void for_new_fields(const spec::ModelSpec& /*of*/, const Visit& visit) {
    using Model = spec::ModelSpec;
    visit("post_norm_eps", &Model::post_norm_eps);
    visit("embed_dim", &Model::embed_dim);
    visit("second_kind", &Model::second_kind);
    visit("state_norm_eps", &Model::state_norm_eps);
    visit("shared_embed", &Model::shared_embed);
    visit("latent_norm_eps", &Model::latent_norm_eps);
    visit("growth_positions", &Model::growth_positions);
    visit("growth_lead", &Model::growth_lead);
    visit("layer_embed_dim", &Model::layer_embed_dim);
    visit("layer_embed_scale", &Model::layer_embed_scale);
    visit("ngram_order", &Model::ngram_order);
}

template <typename T>
constexpr bool is_optional = false;
template <typename T>
constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
Json value_to_json(const T& value) {
    if constexpr (std::is_enum_v<T>) {
        return spec::name(value);
    } else if constexpr (is_optional<T>) {
        return nullable(value);
    } else {
        return value;
    }
}

template <typename T>
T read_value(SpecObject& fields, const char* key) {
    if constexpr (std::is_enum_v<T>) {
        return get_enum<T>(fields, key);
    } else if constexpr (std::is_same_v<T, float>) {
        return get_float(fields, key);
    } else if constexpr (is_optional<T>) {
        return fields.get_nullable<typename T::value_type>(key);
    } else {
        return fields.get<T>(key);
    }
}

template <typename Spec>
void write_new_fields(Json& json, const Spec& spec) {
    for_new_fields(spec, [&](const char* key, auto member) {
        if (spec.*member != Spec{}.*member) json[key] = value_to_json(spec.*member);
    });
}

template <typename Spec>
void read_new_fields(SpecObject& fields, Spec& spec) {
    for_new_fields(spec, [&](const char* key, auto member) {
        using Value = std::remove_reference_t<decltype(spec.*member)>;
        if (fields.has(key)) spec.*member = read_value<Value>(fields, key);
    });
}

template <typename Spec>
bool has_new_fields(const Spec& spec) {
    bool any = false;
    for_new_fields(spec, [&](const char* /*key*/, auto member) {
        any = any || spec.*member != Spec{}.*member;
    });
    return any;
}

Json to_json(const spec::LayerSpec& layer) {
    Json json{{"n_heads", layer.n_heads},
              {"n_kv_heads", layer.n_kv_heads},
              {"head_dim", layer.head_dim},
              {"ffn_dim", layer.ffn_dim},
              {"norm_place", spec::name(layer.norm_place)},
              {"parallel", layer.parallel},
              {"qkv_bias", layer.qkv_bias},
              {"o_bias", layer.o_bias},
              {"qk_norm", spec::name(layer.qk_norm)},
              {"rope", nullable(layer.rope)},
              {"window", layer.window},
              {"query_scale", layer.query_scale},
              {"attn_soft_cap", layer.attn_soft_cap},
              {"gated", layer.gated},
              {"activation", spec::name(layer.activation)},
              {"ffn_bias", layer.ffn_bias},
              {"n_experts", layer.n_experts},
              {"n_experts_used", layer.n_experts_used},
              {"normalize_experts", layer.normalize_experts}};
    write_new_fields(json, layer);
    return json;
}

Json to_json(const spec::ClassifierSpec& classifier) {
    Json json{{"labels", classifier.labels},
              {"activation", name_or_null(classifier.activation)},
              {"score", spec::name(classifier.score)}};
    if (classifier.norm) json["norm"] = true;
    if (!classifier.pair_ids.empty()) json["pair_ids"] = classifier.pair_ids;
    return json;
}

Json to_json(const spec::DenseSpec& dense) {
    return {
        {"dim", dense.dim}, {"activation", name_or_null(dense.activation)}, {"bias", dense.bias}};
}

// A file of version 1 has layers of one kind only, whose other fields have the values set here.
spec::LayerSpec read_layer(SpecObject& fields, std::uint32_t version) {
    spec::LayerSpec layer;
    layer.n_heads = fields.get<std::uint32_t>("n_heads");
    layer.n_kv_heads = fields.get<std::uint32_t>("n_kv_heads");
    layer.head_dim = fields.get<std::uint32_t>("head_dim");
    layer.ffn_dim = fields.get<std::uint32_t>("ffn_dim");
    if (version == 1) {
        layer.rope = 0;
        layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
        return layer;
    }
    layer.norm_place = get_enum<spec::NormPlace>(fields, "norm_place");
    layer.parallel = fields.get<bool>("parallel");
    layer.qkv_bias = fields.get<bool>("qkv_bias");
    layer.o_bias = fields.get<bool>("o_bias");
    layer.qk_norm = get_enum<spec::QkNorm>(fields, "qk_norm");
    layer.rope = fields.get_nullable<std::uint32_t>("rope");
    layer.window = fields.get<std::uint32_t>("window");
    layer.query_scale = get_float(fields, "query_scale");
    layer.attn_soft_cap = get_float(fields, "attn_soft_cap");
    layer.gated = fields.get<bool>("gated");
    layer.activation = get_enum<spec::Activation>(fields, "activation");
    layer.ffn_bias = fields.get<bool>("ffn_bias");
    layer.n_experts = fields.get<std::uint32_t>("n_experts");
    layer.n_experts_used = fields.get<std::uint32_t>("n_experts_used");
    layer.normalize_experts = fields.get<bool>("normalize_experts");
    if (version >= 5) read_new_fields(fields, layer);
    return layer;
}

std::optional<spec::Activation> read_activation(SpecObject& fields) {
    if (!fields.get_nullable<std::string>("activation")) return std::nullopt;
    return get_enum<spec::Activation>(fields, "activation");
}

spec::ClassifierSpec read_classifier(const Json& json, const std::string& where) {
    SpecObject fields(json, where);
    spec::ClassifierSpec classifier;
    for (const Json& label : fields.list("labels")) {
        if (!label.is_string()) fields.wrong("labels", "a list of strings", &label);
        classifier.labels.push_back(label.get<std::string>());
    }
    classifier.activation = read_activation(fields);
    classifier.score = get_enum<spec::LabelScore>(fields, "score");
    classifier.norm = fields.has("norm") && fields.get<bool>("norm");
    if (fields.has("pair_ids")) {
        for (const Json& id : fields.list("pair_ids")) {
            if (!id.is_number_unsigned() || id.get<std::uint64_t>() > UINT32_MAX) {
                fields.wrong("pair_ids", "token ids", &id);
            }
            classifier.pair_ids.push_back(id.get<std::uint32_t>());
        }
    }
    fields.done();
    return classifier;
}

// The fields that version 2 added.
void read_version_2(SpecObject& fields, spec::ModelSpec& spec, const std::string& where) {
    spec.norm = get_enum<spec::NormKind>(fields, "norm");
    spec.embed_scale = get_float(fields, "embed_scale");
    spec.n_positions = fields.get<std::uint32_t>("n_positions");
    spec.embed_norm = fields.get<bool>("embed_norm");
    spec.causal = fields.get<bool>("causal");
    spec.final_norm = fields.get<bool>("final_norm");
    spec.output = get_enum<spec::OutputKind>(fields, "output");
    spec.logit_soft_cap = get_float(fields, "logit_soft_cap");
    spec.pooling = get_enum<spec::Pooling>(fields, "pooling");
    spec.classifier = read_classifier(fields.at("classifier"), where + ": classifier");
    for (const Json& entry : fields.list("ropes")) {
        SpecObject rope(entry, where + ": ropes[" + std::to_string(spec.ropes.size()) + "]");
        spec.ropes.push_back({rope.get<std::uint32_t>("dim"), get_float(rope, "amplitude")});
        rope.done();
    }
}

// Of version 5, like the fields of for_new_fields().
void read_tail(SpecObject& fields, spec::ModelSpec& spec, const std::string& where) {
    if (!fields.has("tail")) return;
    for (const Json& entry : fields.list("tail")) {
        SpecObject dense(entry, where + ": tail[" + std::to_string(spec.tail.size()) + "]");
        const auto dim = dense.get<std::uint32_t>("dim");
        spec.tail.push_back({dim, read_activation(dense), dense.get<bool>("bias")});
        dense.done();
    }
}

Json to_json(const spec::ModelSpec& spec) {
    Json ropes = Json::array();
    for (const spec::RopeSpec& rope : spec.ropes) {
        ropes.push_back({{"dim", rope.dim}, {"amplitude", rope.amplitude}});
    }
    Json layers = Json::array();
    for (const spec::LayerSpec& layer : spec.layers) layers.push_back(to_json(layer));
    Json json{{"dim", spec.dim},
              {"vocab_size", spec.vocab_size},
              {"context_length", spec.context_length},
              {"norm", spec::name(spec.norm)},
              {"norm_eps", spec.norm_eps},
              {"embed_scale", spec.embed_scale},
              {"n_positions", spec.n_positions},
              {"embed_norm", spec.embed_norm},
              {"causal", spec.causal},
              {"final_norm", spec.final_norm},
              {"output", spec::name(spec.output)},
              {"logit_soft_cap", spec.logit_soft_cap},
              {"pooling", spec::name(spec.pooling)},
              {"classifier", to_json(spec.classifier)},
              {"ropes", ropes},
              {"layers", layers}};
    write_new_fields(json, spec);
    for (const spec::DenseSpec& dense : spec.tail) json["tail"].push_back(to_json(dense));
    if (!spec.encoder.empty()) json["encoder"] = to_json(spec.encoder.front());
    return json;
}

// A model, or the encoder inside it.
spec::ModelSpec read_model(const Json& json, std::uint32_t version, const std::string& where,
                           bool is_encoder) {
    SpecObject fields(json, where);
    spec::ModelSpec spec;
    spec.dim = fields.get<std::uint32_t>("dim");
    spec.vocab_size = fields.get<std::uint32_t>("vocab_size");
    spec.context_length = fields.get<std::uint32_t>("context_length");
    spec.norm_eps = get_float(fields, "norm_eps");
    if (version == 1) {
        spec.output =
            fields.get<bool>("tied_embeddings") ? spec::OutputKind::tied : spec::OutputKind::own;
    } else {
        read_version_2(fields, spec, where);
    }
    if (version >= 5) {
        read_new_fields(fields, spec);
        read_tail(fields, spec, where);
    }
    for (const Json& entry : fields.list("layers")) {
        SpecObject layer(entry, where + ": layers[" + std::to_string(spec.layers.size()) + "]");
        spec.layers.push_back(read_layer(layer, version));
        layer.done();
    }
    if (version >= 5 && !is_encoder && fields.has("encoder")) {
        spec.encoder.push_back(
            read_model(fields.at("encoder"), version, where + ": encoder", true));
    }
    fields.done();
    if (version == 1 && !spec.layers.empty()) spec.ropes = {{spec.layers.front().head_dim, 1.0F}};
    return spec;
}

}  // namespace

std::uint32_t spec_version(const spec::ModelSpec& spec) {
    const auto is_new_layer = [&](const spec::LayerSpec& layer) {
        return has_new_fields(layer) || layer.activation > spec::Activation::tanh ||
               layer.qk_norm > spec::QkNorm::row || (layer.window > 0 && !spec.causal) ||
               (layer.n_experts > 0 && (layer.ffn_bias || !layer.gated));
    };
    const bool is_new = spec.output >= spec::OutputKind::biased || has_new_fields(spec) ||
                        !spec.tail.empty() || spec.classifier.norm || !spec.encoder.empty() ||
                        !spec.classifier.pair_ids.empty() ||
                        std::ranges::any_of(spec.layers, is_new_layer);
    return is_new ? 5 : 2;
}

std::string spec_to_json(const spec::ModelSpec& spec) {
    return to_json(spec).dump(1, ' ', false, Json::error_handler_t::replace);
}

spec::ModelSpec spec_from_json(std::string_view text, std::uint32_t version,
                               const std::string& where) {
    spec::ModelSpec spec = read_model(base::parse_ordered_json(text, where), version, where, false);
    spec::validate(spec, where);
    return spec;
}

}  // namespace quire::formats
