// Classification heads: labels and what their scores become.

#include "models/family.h"

namespace quire::models {

void set_classifier(Draft& draft) {
    const Config& config = draft.config;
    const nlohmann::json* architectures = config.find("architectures");
    if (architectures == nullptr || !architectures->is_array() || architectures->empty() ||
        !architectures->front().is_string()) {
        return;
    }
    const auto name = architectures->front().get<std::string>();
    if (!name.ends_with("ForSequenceClassification")) return;
    spec::ClassifierSpec& head = draft.spec.classifier;
    const nlohmann::json* labels = config.find("id2label");
    std::size_t n = config.count_or("num_labels", 2);
    if (labels != nullptr && labels->is_object()) n = labels->size();
    for (std::size_t i = 0; i < n; ++i) {
        const std::string id = std::to_string(i);
        const bool named = labels != nullptr && labels->is_object() && labels->contains(id) &&
                           labels->at(id).is_string();
        head.labels.push_back(named ? labels->at(id).get<std::string>() : "LABEL_" + id);
    }
    const std::string problem = config.text_or("problem_type", "");
    // source: transformers, pipelines/text_classification.py, postprocess.
    head.score = n == 1 || problem == "multi_label_classification" ? spec::LabelScore::sigmoid
                                                                   : spec::LabelScore::softmax;
    if (problem == "regression") head.score = spec::LabelScore::plain;
    draft.spec.output = spec::OutputKind::none;
}

}  // namespace quire::models
