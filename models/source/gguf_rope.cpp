// GGUF's keys about rotation, converted to those of config.json.

#include "lib/base/quoted.h"
#include "models/source/gguf_reader.h"

namespace quire::models {

namespace {

// How fast queries grow behind the original context.
constexpr const char* kTemperature = "attention.temperature_scale";

// The share of a head that is rotated.
void read_dimensions(const GgufReader& reader) {
    const auto dim = reader.file.get_u64(reader.full("rope.dimension_count"));
    if (!dim) return;
    nlohmann::json& config = reader.source.config;
    const std::uint64_t heads = reader.number("num_attention_heads");
    const std::uint64_t said = reader.number("head_dim");
    const std::uint64_t width =
        said != 0 || heads == 0 ? said : reader.number("hidden_size") / heads;
    const bool whole = reader.architecture == "llama" || reader.architecture == "falcon";
    if (*dim > width || (whole && *dim != width)) {
        reader.fail(reader.named("rope.dimension_count") + " expected " +
                    (whole ? "" : "at most ") + "the " + std::to_string(width) +
                    " dimensions of a head, found " + std::to_string(*dim));
    }
    // Halfway between two counts, so that rounding cannot change the count.
    // GLM's families rotate a half if nothing is said; Solar Open has one of their architectures.
    if (*dim == width && reader.architecture == "glm4moe") config["partial_rotary_factor"] = 1.0;
    if (*dim < width) {
        config["partial_rotary_factor"] =
            (static_cast<double>(*dim) + 0.5) / static_cast<double>(width);
    }
}

void read_yarn(const GgufReader& reader, nlohmann::json& scaling) {
    const auto take = [&](const char* key, const char* to) {
        const auto value = reader.file.get_f64(reader.full(key));
        if (value) scaling[to] = *value;
    };
    take("rope.scaling.yarn_attn_factor", "attention_factor");
    take("rope.scaling.yarn_beta_fast", "beta_fast");
    take("rope.scaling.yarn_beta_slow", "beta_slow");
    take("rope.scaling.yarn_log_multiplier", "mscale_all_dim");
    take(kTemperature, "llama_4_scaling_beta");
    // llama.cpp supports only 1 with it.
    if (scaling.contains("mscale_all_dim")) scaling["mscale"] = 1.0;
}

// Which layers are rotated: as a theta of each, which is 0 where it is not.
void read_rope_pattern(const GgufReader& reader) {
    const std::string key = reader.full("attention.rope_pattern");
    if (reader.architecture != "granite_swa" || reader.file.find(key) == nullptr) return;
    const auto rotated = reader.file.get_array<bool>(key);
    if (!rotated) reader.fail("key " + key + " expected a flag for each layer");
    const double theta = reader.file.get_f64(reader.full("rope.freq_base")).value_or(10000.0);
    nlohmann::json thetas = nlohmann::json::array();
    for (std::size_t i = 0; i < rotated->size(); ++i) {
        thetas.push_back((*rotated)[i] ? theta : 0.0);
    }
    reader.source.config["layer_rope_theta"] = std::move(thetas);
    reader.source.words["layer_rope_theta"] = key;
}

}  // namespace

void read_gguf_rope(const GgufReader& reader) {
    read_rope_pattern(reader);
    read_dimensions(reader);
    nlohmann::json& config = reader.source.config;
    const auto number = [&](const char* key) {
        return reader.file.get_f64(reader.full(key)).value_or(0.0);
    };
    const double said = number("rope.scaling.factor");
    const double older = number("rope.scale_linear");
    const double factor = said != 0.0 ? said : older != 0.0 ? older : 1.0;
    const auto type = reader.file.get_string(reader.full("rope.scaling.type")).value_or("linear");
    const auto original = reader.file.get_u64(reader.full("rope.scaling.original_context_length"));
    const auto amplitude = reader.file.get_f64(reader.full("rope.scaling.attn_factor"));
    if (amplitude) reader.source.rope_amplitude = static_cast<float>(*amplitude);

    if (type != "yarn" && number(kTemperature) != 0.0) {
        reader.fail(reader.named(kTemperature) + " expected with the scaling yarn, found " +
                    base::printable(type));
    }
    if (type == "longrope" && original) {
        // The factors are tensors; this decides which of them are used.
        config["original_max_position_embeddings"] = *original;
    } else if (type == "yarn") {
        nlohmann::json& scaling = config["rope_scaling"];
        scaling = {{"rope_type", "yarn"}, {"factor", factor}};
        if (original) scaling["original_max_position_embeddings"] = *original;
        read_yarn(reader, scaling);
        // gpt-oss was trained so; llama.cpp rounds the range of pairs as for all others.
        if (reader.architecture == "gpt-oss") scaling["truncate"] = false;
    } else if (type == "linear") {
        if (factor != 1.0) config["rope_scaling"] = {{"rope_type", "linear"}, {"factor", factor}};
        if (original) config["original_max_position_embeddings"] = *original;
    } else if (type != "none" && type != "longrope") {
        reader.fail(reader.named("rope.scaling.type") +
                    " expected none, linear, yarn or longrope, found " + base::printable(type));
    }
}

}  // namespace quire::models
