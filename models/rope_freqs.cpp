#include <cmath>

#include "lib/base/error.h"
#include "models/family.h"

namespace quire::models {

namespace {

// Llama 3.1's scaling: long waves are stretched by `factor`, short ones kept, those between
// blended. source: transformers, modeling_rope_utils.py, _compute_llama3_parameters.
void scale_llama3(std::vector<double>& freqs, const nlohmann::json& scaling) {
    const double factor = scaling.at("factor").get<double>();
    const double low = scaling.at("low_freq_factor").get<double>();
    const double high = scaling.at("high_freq_factor").get<double>();
    const double context = scaling.at("original_max_position_embeddings").get<double>();
    for (double& freq : freqs) {
        const double wave = 2.0 * M_PI / freq;
        if (wave < context / high) continue;
        if (wave > context / low) {
            freq /= factor;
        } else {
            const double smooth = (context / wave - low) / (high - low);
            freq = (1.0 - smooth) * freq / factor + smooth * freq;
        }
    }
}

void scale(std::vector<double>& freqs, const nlohmann::json& scaling, const Config& config) {
    const std::string kind =
        scaling.value("rope_type", scaling.value("type", std::string("default")));
    if (kind == "default") return;
    if (kind == "linear") {
        for (double& freq : freqs) freq /= scaling.at("factor").get<double>();
    } else if (kind == "llama3") {
        scale_llama3(freqs, scaling);
    } else {
        config.refuse_if(true, "rope_scaling \"" + kind + "\"");
    }
}

}  // namespace

std::vector<float> rope_freqs(const Config& config, std::uint32_t head_dim,
                              const formats::SourceTensor* factors) {
    double theta = config.number_or("rope_theta", 10000.0);
    // Since transformers 5, theta and scaling are one object.
    const nlohmann::json* parameters = config.find("rope_parameters");
    const nlohmann::json* scaling = config.find("rope_scaling");
    std::vector<double> freqs(head_dim / 2);
    try {
        if (parameters != nullptr) {
            theta = parameters->value("rope_theta", theta);
            if (scaling == nullptr) scaling = parameters;
        }
        for (std::size_t i = 0; i < freqs.size(); ++i) {
            freqs[i] = std::pow(theta, -2.0 * static_cast<double>(i) / head_dim);
        }
        if (scaling != nullptr) scale(freqs, *scaling, config);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::model, config.source().path,
                    std::string("config: rope_scaling: ") + error.what());
    }
    if (factors != nullptr) {
        std::vector<float> divisors(freqs.size());
        if (factors->columns() != divisors.size() || factors->rows() != 1) {
            throw Error(ErrorCode::model, config.source().path,
                        "tensor " + factors->name + " expected " + std::to_string(freqs.size()) +
                            " values, found " + std::to_string(factors->columns()));
        }
        formats::read_row(divisors, *factors, 0);
        for (std::size_t i = 0; i < freqs.size(); ++i) freqs[i] /= double{divisors[i]};
    }
    return {freqs.begin(), freqs.end()};
}

}  // namespace quire::models
