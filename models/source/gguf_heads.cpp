// What follows the layers in GGUF files of models that embed or classify.
#include "models/source/gguf_reader.h"

namespace quire::models {

namespace {

// source: enum llama_pooling_type of llama.h.
void read_gguf_pooling(const GgufReader& reader) {
    const auto type = reader.file.get_u64(reader.full("pooling_type"));
    if (!type || *type == 0) return;
    constexpr spec::Pooling kKinds[] = {spec::Pooling::mean, spec::Pooling::cls,
                                        spec::Pooling::last};
    constexpr std::uint64_t kRank = 4;  // a classification head, which pools as its family does
    if (*type <= std::size(kKinds)) {
        reader.source.pooling = kKinds[*type - 1];
    } else if (*type != kRank ||
               !(reader.has_tensor("cls.output.weight") || reader.has_tensor("cls.weight"))) {
        reader.fail(reader.named("pooling_type") +
                    " expected 0 to 3, or 4 with a classification head, found " +
                    std::to_string(*type));
    }
}

// How a head pools whose family leaves that to the checkpoint.
void read_head_pooling(const GgufReader& reader) {
    if (reader.architecture != "modern-bert") return;
    const auto type = reader.file.get_u64(reader.full("classifier.pooling_type"));
    if (!type) return;
    if (*type != 1 && *type != 2) {
        reader.fail(reader.named("classifier.pooling_type") + " expected 1 or 2, found " +
                    std::to_string(*type));
    }
    reader.source.config["classifier_pooling"] = *type == 1 ? "mean" : "cls";
}

// A classification head is recognized by its tensors; its labels are a key.
void read_gguf_labels(const GgufReader& reader) {
    const bool two_layers = reader.has_tensor("cls.output.weight");
    const formats::SourceTensor* out =
        reader.file.tensor(two_layers ? "cls.output.weight" : "cls.weight");
    const auto labels = reader.file.get_strings(reader.full("classifier.output_labels"));
    if (out == nullptr && labels) {
        reader.fail("tensor cls.output.weight expected beside " +
                    reader.named("classifier.output_labels") + ", none found");
    }
    if (out == nullptr) return;
    nlohmann::json& config = reader.source.config;
    config["architectures"] = {"GgufForSequenceClassification"};
    config["num_labels"] = out->rows();
    if (labels && labels->size() != out->rows()) {
        reader.fail(reader.named("classifier.output_labels") + " expected " +
                    std::to_string(out->rows()) + " labels, found " +
                    std::to_string(labels->size()));
    }
    for (std::size_t i = 0; labels && i < labels->size(); ++i) {
        config["id2label"][std::to_string(i)] = std::string((*labels)[i]);
    }
    if (reader.architecture == "bert" && two_layers && !reader.has_tensor("cls.weight")) {
        reader.source.notes.push_back(
            "the GGUF file has no tensor cls.weight: its converter left out the dense layer of "
            "BERT's classification head, so scores are those of the file, not of the original");
    }
}

// Dense layers behind pooling. Their converter leaves out biases and activations.
void read_dense_tail(const GgufReader& reader) {
    for (const char* name : {"dense_2", "dense_3"}) {
        const formats::SourceTensor* weight = reader.file.tensor(std::string(name) + ".weight");
        if (weight == nullptr) continue;
        const auto rows =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(weight->rows(), UINT32_MAX));
        for (const auto& [end, size] :
             {std::pair("_feat_in", weight->columns()), std::pair("_feat_out", weight->rows())}) {
            const auto said = reader.file.get_u64(reader.full(std::string(name) + end));
            if (!said || *said == size) continue;
            reader.fail(reader.named(std::string(name) + end) + " expected " +
                        std::to_string(size) + ", found " + std::to_string(*said));
        }
        reader.source.tail.push_back({name, {rows, std::nullopt, false}});
    }
    if (reader.architecture == "gemma-embedding" && reader.source.tail.empty()) {
        reader.source.notes.push_back(
            "the GGUF file has no dense layers: its converter left those behind pooling out, so "
            "vectors are those of the file, not of the original");
    }
}

}  // namespace

void read_gguf_heads(const GgufReader& reader) {
    read_gguf_labels(reader);
    read_gguf_pooling(reader);
    read_head_pooling(reader);
    read_dense_tail(reader);
}

}  // namespace quire::models
