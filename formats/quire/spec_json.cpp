#include "formats/quire/spec_json.h"

#include <cmath>

#include "formats/quire/json_fields.h"

namespace quire::formats {

namespace {

template <typename T>
Json nullable(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json to_json(const spec::LayerSpec& layer) {
    return {{"n_heads", layer.n_heads},
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
}

Json to_json(const spec::ClassifierSpec& classifier) {
    return {{"labels", classifier.labels},
            {"activation",
             classifier.activation ? Json(spec::name(*classifier.activation)) : Json(nullptr)},
            {"score", spec::name(classifier.score)}};
}

// Version 1 knew one kind of layer; what it meant is said here.
spec::LayerSpec read_layer(JsonFields& fields, std::uint32_t version) {
    spec::LayerSpec layer;
    layer.n_heads = fields.get_u32("n_heads");
    layer.n_kv_heads = fields.get_u32("n_kv_heads");
    layer.head_dim = fields.get_u32("head_dim");
    layer.ffn_dim = fields.get_u32("ffn_dim");
    if (version == 1) {
        layer.rope = 0;
        layer.query_scale = 1.0F / std::sqrt(static_cast<float>(layer.head_dim));
        return layer;
    }
    layer.norm_place = fields.get_enum<spec::NormPlace>("norm_place");
    layer.parallel = fields.get_bool("parallel");
    layer.qkv_bias = fields.get_bool("qkv_bias");
    layer.o_bias = fields.get_bool("o_bias");
    layer.qk_norm = fields.get_enum<spec::QkNorm>("qk_norm");
    if (!fields.is_null("rope")) layer.rope = fields.get_u32("rope");
    layer.window = fields.get_u32("window");
    layer.query_scale = fields.get_float("query_scale");
    layer.attn_soft_cap = fields.get_float("attn_soft_cap");
    layer.gated = fields.get_bool("gated");
    layer.activation = fields.get_enum<spec::Activation>("activation");
    layer.ffn_bias = fields.get_bool("ffn_bias");
    layer.n_experts = fields.get_u32("n_experts");
    layer.n_experts_used = fields.get_u32("n_experts_used");
    layer.normalize_experts = fields.get_bool("normalize_experts");
    return layer;
}

spec::ClassifierSpec read_classifier(const Json& json, const std::string& where) {
    JsonFields fields(json, where);
    spec::ClassifierSpec classifier;
    for (const Json& label : fields.get_array("labels")) {
        if (!label.is_string()) fields.fail("labels expected to hold text");
        classifier.labels.push_back(label.get<std::string>());
    }
    if (!fields.is_null("activation")) {
        classifier.activation = fields.get_enum<spec::Activation>("activation");
    }
    classifier.score = fields.get_enum<spec::LabelScore>("score");
    fields.done();
    return classifier;
}

// The fields that version 2 brought.
void read_new_fields(JsonFields& fields, spec::ModelSpec& spec, const std::string& where) {
    spec.norm = fields.get_enum<spec::NormKind>("norm");
    spec.embed_scale = fields.get_float("embed_scale");
    spec.n_positions = fields.get_u32("n_positions");
    spec.embed_norm = fields.get_bool("embed_norm");
    spec.causal = fields.get_bool("causal");
    spec.final_norm = fields.get_bool("final_norm");
    spec.output = fields.get_enum<spec::OutputKind>("output");
    spec.logit_soft_cap = fields.get_float("logit_soft_cap");
    spec.pooling = fields.get_enum<spec::Pooling>("pooling");
    spec.classifier = read_classifier(fields.get("classifier"), where + ": classifier");
    for (const Json& entry : fields.get_array("ropes")) {
        JsonFields rope(entry, where + ": ropes[" + std::to_string(spec.ropes.size()) + "]");
        spec.ropes.push_back({rope.get_u32("dim"), rope.get_float("amplitude")});
        rope.done();
    }
}

}  // namespace

std::string spec_to_json(const spec::ModelSpec& spec) {
    Json ropes = Json::array();
    for (const spec::RopeSpec& rope : spec.ropes) {
        ropes.push_back({{"dim", rope.dim}, {"amplitude", rope.amplitude}});
    }
    Json layers = Json::array();
    for (const spec::LayerSpec& layer : spec.layers) layers.push_back(to_json(layer));
    const Json json{{"dim", spec.dim},
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
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

spec::ModelSpec spec_from_json(std::string_view text, std::uint32_t version,
                               const std::string& where) {
    const Json json = parse_json(text, where);
    JsonFields fields(json, where);
    spec::ModelSpec spec;
    spec.dim = fields.get_u32("dim");
    spec.vocab_size = fields.get_u32("vocab_size");
    spec.context_length = fields.get_u32("context_length");
    spec.norm_eps = fields.get_float("norm_eps");
    if (version == 1) {
        spec.output =
            fields.get_bool("tied_embeddings") ? spec::OutputKind::tied : spec::OutputKind::own;
    } else {
        read_new_fields(fields, spec, where);
    }
    for (const Json& entry : fields.get_array("layers")) {
        JsonFields layer(entry, where + ": layers[" + std::to_string(spec.layers.size()) + "]");
        spec.layers.push_back(read_layer(layer, version));
        layer.done();
    }
    fields.done();
    if (version == 1 && !spec.layers.empty()) spec.ropes = {{spec.layers.front().head_dim, 1.0F}};
    spec::validate(spec, where);
    return spec;
}

}  // namespace quire::formats
