// Reads the goldens of families, and computes the same values.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "formats/safetensors/safetensors.h"
#include "lib/base/json/json.h"
#include "lib/generate/embed.h"
#include "lib/model/classifier.h"
#include "tests/model/logits.h"

namespace quire::test {

// Whether a golden takes part: all do, or for someone who adds a model those that QUIRE_GOLDENS names,
// with spaces between them.
inline bool takes_part(const std::string& name) {
    const char* chosen = std::getenv("QUIRE_GOLDENS");
    if (chosen == nullptr) return true;
    return (" " + std::string(chosen) + " ").find(" " + name + " ") != std::string::npos;
}

// Made by scripts/goldens/make_family_goldens.py and its neighbors.
struct Reference {
    std::vector<std::uint32_t> tokens;
    std::vector<std::uint32_t> source;   // what a model with an encoder reads
    std::uint32_t context = 0;           // pack's --context; 0: the checkpoint's own
    std::vector<std::size_t> positions;  // of the rows of `values`; usually all tokens
    std::string kind;                    // "logits", "hidden", "scores"
    std::vector<float> values;           // (positions, width), or the scores of all labels
};

inline Reference read_reference(const std::string& path) {
    const formats::SafetensorsFile file(path);
    Reference reference;
    for (const auto& [key, value] : file.metadata()) {
        if (key == "context") reference.context = static_cast<std::uint32_t>(std::stoul(value));
        if (key != "tokens" && key != "positions" && key != "source") continue;
        const nlohmann::json list = nlohmann::json::parse(value);
        if (key == "tokens") reference.tokens = list.get<std::vector<std::uint32_t>>();
        if (key == "source") reference.source = list.get<std::vector<std::uint32_t>>();
        if (key == "positions") reference.positions = list.get<std::vector<std::size_t>>();
    }
    if (reference.positions.empty()) {
        reference.positions.resize(reference.tokens.size());
        std::iota(reference.positions.begin(), reference.positions.end(), std::size_t{0});
    }
    const formats::SourceTensor& tensor = file.tensors().front();
    reference.kind = tensor.name;
    reference.values.resize(tensor.rows() * tensor.columns());
    for (std::uint64_t row = 0; row < tensor.rows(); ++row) {
        formats::read_row(
            std::span(reference.values).subspan(row * tensor.columns(), tensor.columns()), tensor,
            row);
    }
    return reference;
}

// Hidden states after the last layer: (n_tokens, dim).
inline std::vector<float> hidden_of(const model::Model& model,
                                    std::span<const std::uint32_t> tokens, int n_threads) {
    model::Workspace workspace(model.spec, tokens.size(), n_threads);
    model::KvCache cache(model.kv_layout);
    std::vector<float> hidden(tokens.size() * model.spec.dim);
    const std::array<model::SequenceInput, 1> input{{{&cache, tokens, tokens.size()}}};
    model::forward_hidden(model, workspace, input, hidden.data(), {.n_threads = n_threads});
    return hidden;
}

// The reference's kind of values, for all tokens.
inline std::vector<float> compute(const formats::QuireFile& file, const Reference& reference,
                                  const Way& way) {
    if (reference.kind == "logits") return logits_of(file, reference.tokens, way, reference.source);
    const model::Model model(file.spec(), file.tensors(), kernels::choose(way.isa), file.path(),
                             way.kv_type);
    if (reference.kind == "hidden") return hidden_of(model, reference.tokens, way.n_threads);
    std::vector<float> scores(model.spec.classifier.labels.size());
    const generate::EmbedParams params{model.spec.pooling, way.chunk, way.n_threads, "test"};
    model::classify(model, scores, generate::pool(model, reference.tokens, params));
    return scores;
}

inline double log_sum(std::span<const float> logits) {
    const double largest = *std::ranges::max_element(logits);
    double sum = 0;
    for (const float logit : logits) sum += std::exp(logit - largest);
    return largest + std::log(sum);
}

// The largest difference at the reference's positions: of log-probabilities, or of values.
inline double difference(const Reference& reference, const std::vector<float>& found) {
    if (reference.kind == "scores") {
        double worst = found.size() == reference.values.size() ? 0 : INFINITY;
        for (std::size_t i = 0; i < std::min(found.size(), reference.values.size()); ++i) {
            worst = std::max(worst, std::abs(double{found[i]} - reference.values[i]));
        }
        return worst;
    }
    const std::size_t width = reference.values.size() / reference.positions.size();
    if (found.size() != width * reference.tokens.size()) return INFINITY;
    double worst = 0;
    for (std::size_t row = 0; row < reference.positions.size(); ++row) {
        const auto theirs = std::span(reference.values).subspan(row * width, width);
        const auto ours = std::span(found).subspan(reference.positions[row] * width, width);
        const bool logits = reference.kind == "logits";
        const double shift = logits ? log_sum(theirs) - log_sum(ours) : 0.0;
        for (std::size_t i = 0; i < width; ++i) {
            worst = std::max(worst, std::abs(double{ours[i]} - theirs[i] + shift));
        }
    }
    return worst;
}

}  // namespace quire::test
