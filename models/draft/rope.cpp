#include "models/draft/rope.h"

#include <algorithm>
#include <cmath>

#include "lib/base/json/json_text.h"

namespace quire::models {

namespace {

// Checked before anything is sized by it. Beyond 2^28 * kMaxFreq, 32-bit arithmetic could not tell
// angles apart.
constexpr double kMaxTheta = 1e30;
constexpr float kMaxFreq = 1024.0F;

struct Scaling {
    Config& config;  // the object that holds the scaling
    const RopeBasis& basis;
    double theta;
    std::uint32_t original;  // positions of the original training
    double partial;          // share of a head that is rotated
    std::vector<double>& freqs;
    float& amplitude;

    double dim() const { return 2.0 * static_cast<double>(freqs.size()); }
    // The factor by which the context grew.
    double factor() const {
        const double ratio = static_cast<double>(basis.max_positions) / original;
        return config.number_or("factor", ratio);
    }
};

// NTK scaling for the context of the file.
void scale_dynamic(const Scaling& s) {
    const double length = std::max(s.basis.context, s.basis.max_positions);
    const double factor = s.config.number("factor");
    const double grown = factor * length / s.basis.max_positions - (factor - 1.0);
    const double theta = s.theta * std::pow(grown, s.dim() / (s.dim() - 2.0));
    s.freqs = [&] {
        std::vector<double> freqs;
        for (std::size_t i = 0; i < s.freqs.size(); ++i) {
            freqs.push_back(std::pow(theta, -2.0 * static_cast<double>(i) / s.dim()));
        }
        return freqs;
    }();
}

// source: the code published with Alibaba-NLP/gte-large-en-v1.5, NTKScalingRotaryEmbedding.
void scale_ntk(const Scaling& s) {
    s.config.expect("mixed_b", {nullptr});
    const double factor = s.config.number("factor");
    for (std::size_t i = 0; i < s.freqs.size(); ++i) {
        const double share = 2.0 * static_cast<double>(i) / s.dim();
        s.freqs[i] = std::pow(s.theta * factor, -share) / std::pow(factor, 2.0 / s.dim());
    }
}

// Gemma 4: the pairs behind the share do not rotate, while the others have the frequencies of the whole
// head. source: the same file, _compute_proportional_rope_parameters.
void scale_proportional(const Scaling& s) {
    const auto n_rotated = static_cast<std::size_t>(std::floor(s.partial * s.dim() / 2.0));
    const double factor = s.config.number_or("factor", 1.0);
    for (std::size_t i = 0; i < s.freqs.size(); ++i) {
        s.freqs[i] = i < n_rotated ? s.freqs[i] / factor : 0.0;
    }
}

// Llama 3.1's scaling: long waves are stretched by `factor`, short ones kept, those in between
// blended. source: the same file, _compute_llama3_parameters.
void scale_llama3(const Scaling& s) {
    const double factor = s.config.number("factor");
    const double low = s.config.number("low_freq_factor");
    const double high = s.config.number("high_freq_factor");
    for (double& freq : s.freqs) {
        const double wave = 2.0 * M_PI / freq;
        if (wave < s.original / high) continue;
        if (wave > s.original / low) {
            freq /= factor;
        } else {
            const double smooth = (s.original / wave - low) / (high - low);
            freq = (1.0 - smooth) * freq / factor + smooth * freq;
        }
    }
}

// source: Peng et al. 2023, "YaRN"; the same file, _compute_yarn_parameters.
void scale_yarn(const Scaling& s) {
    const double factor = s.factor();
    const auto magnitude = [](double by, double scale) {
        return by <= 1.0 ? 1.0 : 0.1 * scale * std::log(by) + 1.0;
    };
    const double mscale = s.config.number_or("mscale", 0.0);
    const double all = s.config.number_or("mscale_all_dim", 0.0);
    s.amplitude = static_cast<float>(s.config.number_or(
        "attention_factor", mscale != 0.0 && all != 0.0
                                ? magnitude(factor, mscale) / magnitude(factor, all)
                                : magnitude(factor, 1.0)));
    // The pair that makes this many rotations over the original context.
    const auto pair_of = [&](double turns) {
        return s.dim() * std::log(s.original / (turns * 2.0 * M_PI)) / (2.0 * std::log(s.theta));
    };
    double low = pair_of(s.config.number_or("beta_fast", 32.0));
    double high = pair_of(s.config.number_or("beta_slow", 1.0));
    if (s.config.flag_or("truncate", true)) {
        low = std::floor(low);
        high = std::ceil(high);
    }
    low = std::max(low, 0.0);
    high = std::min(high, s.dim() - 1.0);
    if (low == high) high += 0.001;
    for (std::size_t i = 0; i < s.freqs.size(); ++i) {
        const double ramp = std::clamp((static_cast<double>(i) - low) / (high - low), 0.0, 1.0);
        s.freqs[i] = s.freqs[i] / factor * ramp + s.freqs[i] * (1.0 - ramp);
    }
}

// source: Ding et al. 2024, "LongRoPE"; the same file, _compute_longrope_parameters.
void scale_longrope(const Scaling& s) {
    const double factor = s.factor();
    const double grown = std::sqrt(1.0 + std::log(factor) / std::log(s.original));
    s.amplitude =
        static_cast<float>(s.config.number_or("attention_factor", factor <= 1.0 ? 1.0 : grown));
    const char* key = s.basis.context > s.original ? "long_factor" : "short_factor";
    s.config.find("long_factor");
    s.config.find("short_factor");
    const nlohmann::json* factors = s.config.find(key);
    if (factors == nullptr || !factors->is_array() || factors->size() != s.freqs.size()) {
        s.config.fail(std::string(key) + " expected " + std::to_string(s.freqs.size()) +
                      " factors, found " +
                      (factors == nullptr ? "none" : base::json_excerpt(*factors)));
    }
    for (std::size_t i = 0; i < s.freqs.size(); ++i) {
        if (!(*factors)[i].is_number()) s.config.fail(std::string(key) + " expected numbers");
        s.freqs[i] /= (*factors)[i].get<double>();
    }
}

void scale(const Scaling& s, const std::string& kind) {
    if (kind == "default" || kind == "mrope") return;
    if (kind == "linear") {
        for (double& freq : s.freqs) freq /= s.config.number("factor");
    } else if (kind == "dynamic") {
        scale_dynamic(s);
    } else if (kind == "proportional") {
        scale_proportional(s);
    } else if (kind == "ntk") {
        scale_ntk(s);
    } else if (kind == "llama3") {
        scale_llama3(s);
    } else if (kind == "yarn") {
        scale_yarn(s);
    } else if (kind == "longrope" || kind == "su") {
        scale_longrope(s);
    } else {
        s.config.refuse_if(true, "the scaling \"" + kind + "\"");
    }
}

// The object with the scaling: that of a kind of layer, of all layers, or none.
const nlohmann::json& scaling_object(Config& config, const std::string& layer_type,
                                     std::string& where) {
    static const nlohmann::json kNone = nlohmann::json::object();
    const nlohmann::json* parameters = config.find("rope_parameters");
    const nlohmann::json* scaling = config.find("rope_scaling");
    where = parameters != nullptr ? "rope_parameters" : "rope_scaling";
    const nlohmann::json* object = parameters != nullptr ? parameters : scaling;
    if (object == nullptr) return kNone;
    if (object->is_object() && !layer_type.empty() && object->contains(layer_type)) {
        where += "." + layer_type;
        return object->at(layer_type);
    }
    return *object;
}

std::vector<double> powers(Config& config, double theta, std::uint32_t dim) {
    if (!(theta >= 1.0 && theta <= kMaxTheta)) {
        config.fail("rope_theta expected between 1 and 1e30, found " +
                    base::json_excerpt(nlohmann::json(theta)));
    }
    if (dim < 2 || dim > spec::kMaxHeadDim || dim % 2 != 0) {
        config.fail("rotary dimensions of a head expected even and between 2 and " +
                    std::to_string(spec::kMaxHeadDim) + ", found " + std::to_string(dim));
    }
    const std::size_t n = dim / 2;
    std::vector<double> freqs(n);
    for (std::size_t i = 0; i < n; ++i) {
        freqs[i] = std::pow(theta, -static_cast<double>(i) / static_cast<double>(n));
    }
    return freqs;
}

// A share of the head, truncated like int() in transformers.
std::uint32_t rotary_dim(Config& config, std::uint32_t head_dim, double share) {
    if (!(share > 0.0 && share <= 1.0)) {
        config.fail("partial_rotary_factor expected above 0 and at most 1, found " +
                    base::json_excerpt(nlohmann::json(share)));
    }
    return static_cast<std::uint32_t>(static_cast<double>(head_dim) * share);
}

}  // namespace

double unsaid_theta(Config& config, double theta) {
    return config.source().format == Format::gguf ? 10000.0 : theta;
}

RopeTable plain_rope(Config& config, std::uint32_t dim, double theta) {
    const std::vector<double> freqs = powers(config, theta, dim);
    return {{dim, 1.0F}, {freqs.begin(), freqs.end()}};
}

RopeTable rope_table(Config& config, const RopeBasis& basis, const std::string& layer_type) {
    std::string where;
    const nlohmann::json& object = scaling_object(config, layer_type, where);
    Config inner(config.source(), object, where);
    const double theta = inner.number_or(
        "rope_theta", config.number_or("rope_theta", unsaid_theta(config, basis.theta)));
    const double partial = inner.number_or(
        "partial_rotary_factor", config.number_or("partial_rotary_factor", basis.partial));
    std::string kind = inner.text_or("type", "default");
    kind = inner.text_or("rope_type", kind);
    const std::uint32_t rotated = rotary_dim(config, basis.head_dim, partial);
    const std::uint32_t dim = kind == "proportional" ? basis.head_dim : rotated;
    const char* const key = "original_max_position_embeddings";
    const std::uint32_t original =
        config.count_or(key, inner.count_or(key, basis.max_positions, {1}), {1});
    std::vector<double> freqs = powers(config, theta, dim);
    RopeTable table{{dim, 1.0F}, {}};
    scale({inner, basis, theta, original, partial, freqs, table.spec.amplitude}, kind);
    inner.ignore("max_position_embeddings", "what the key outside says");
    table.growth = inner.number_or("llama_4_scaling_beta", 0.0);
    table.growth_positions = original;
    // Pictures have several positions, each for a section of the pairs; those of text are all equal.
    inner.ignore("mrope_section", "a token of text has the same position in every section");
    inner.ignore("mrope_interleaved", "a token of text has the same position in every section");
    // Files with YaRN record that the model was trained with it.
    inner.ignore("finetuned", "it is scaled all the same");
    inner.expect("attn_factor", {1.0, nullptr});  // transformers reads attention_factor
    if (!object.empty()) inner.done();
    table.spec.amplitude *= config.source().rope_amplitude;
    table.freqs.assign(freqs.begin(), freqs.end());
    for (const float freq : table.freqs) {
        if (freq >= 0.0F && freq <= kMaxFreq) continue;
        config.fail("rotary frequencies expected between 0 and 1024 radians a position, found " +
                    std::to_string(freq));
    }
    return table;
}

}  // namespace quire::models
