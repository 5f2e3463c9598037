// Classification heads: labels, and how scores become probabilities.

#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "models/draft/draft.h"

namespace quire::models {

namespace {

// The labels in the order of their scores. If num_labels differs from the length of the list,
// transformers uses the number and makes up the names of the labels.
std::vector<std::string> read_labels(Config& config) {
    const nlohmann::json* names = config.find("id2label");
    if (names != nullptr && !names->is_object()) {
        config.fail("id2label expected an object, found " + base::json_excerpt(*names));
    }
    const std::size_t n_names = names == nullptr ? 2 : names->size();
    const auto said = static_cast<std::uint32_t>(n_names);
    const std::size_t n = config.count_or("num_labels", said, {1, spec::kMaxLabels});
    if (n != n_names) names = nullptr;
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < n; ++i) {
        const std::string id = std::to_string(i);
        const bool named = names != nullptr && names->contains(id) && names->at(id).is_string();
        labels.push_back(named ? names->at(id).get<std::string>() : "LABEL_" + id);
    }
    return labels;
}

// The activation that a cross encoder of sentence-transformers applies to its scores. Nothing when
// the model is not one.
std::optional<std::string> cross_encoder_activation(Config& config) {
    const nlohmann::json* object = config.find("sentence_transformers");
    if (object != nullptr) {
        Config inner(config.source(), *object, "sentence_transformers");
        inner.ignore("version", "says who wrote the checkpoint");
        const std::string name = inner.text_or("activation_fn", "");
        inner.done();
        if (!name.empty()) return name;
    }
    const std::string name = config.text_or("sbert_ce_default_activation_function", "");
    if (name.empty()) return std::nullopt;
    return name;
}

spec::LabelScore score_of(Config& config, std::size_t n_labels) {
    const std::string problem = config.text_or("problem_type", "");
    if (const auto activation = cross_encoder_activation(config)) {
        if (activation->ends_with(".Identity")) return spec::LabelScore::plain;
        if (activation->ends_with(".Sigmoid")) return spec::LabelScore::sigmoid;
        if (activation->ends_with(".Softmax")) return spec::LabelScore::softmax;
        config.fail(
            "activation of the classification head expected Identity, Sigmoid or Softmax, "
            "found " +
            base::quoted(*activation));
    }
    // source: transformers, pipelines/text_classification.py, postprocess.
    if (problem == "regression") return spec::LabelScore::plain;
    const bool apart = n_labels == 1 || problem == "multi_label_classification";
    return apart ? spec::LabelScore::sigmoid : spec::LabelScore::softmax;
}

}  // namespace

void set_classifier(Draft& draft) {
    Config& config = draft.config;
    const nlohmann::json* architectures = config.find("architectures");
    if (architectures == nullptr || !architectures->is_array() || architectures->empty() ||
        !architectures->front().is_string()) {
        return;
    }
    const auto name = architectures->front().get<std::string>();
    if (!name.ends_with("ForSequenceClassification")) return;
    spec::ClassifierSpec& head = draft.spec.classifier;
    head.labels = read_labels(config);
    head.score = score_of(config, head.labels.size());
    draft.reads_pairs = head.labels.size() == 1 || cross_encoder_activation(config).has_value();
    draft.spec.output = spec::OutputKind::none;
}

}  // namespace quire::models
