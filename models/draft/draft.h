// What all families stand on. A family's function turns a checkpoint's configuration into a Draft: the
// spec, and where each of its tensors comes from. fill() does the rest.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/spec/limits.h"
#include "lib/spec/model_spec.h"
#include "models/draft/plan_types.h"
#include "models/draft/rope.h"
#include "models/source/config.h"
#include "models/source/source.h"

namespace quire::models {

// Where one of our tensors comes from.
struct From {
    std::string name;  // without ".weight"; "{}" stands for the number of an expert
    RowSlice slice = {};
    bool transposed = false;
    bool rotary = false;   // rows of heads that turn: see Source::interleaved_rope
    float plus = 0.0F;     // a vector: added to every value,
    float times = 1.0F;    // then multiplied
    std::string add = {};  // a matrix: a tensor whose first row is added to every row
    bool in_part = false;  // rows that no slice takes are of no use
};

// Ours to theirs. A bias NAME_bias that is not listed is that of NAME, its ".bias", or its own
// where NAME is a whole word of ours.
struct Names {
    std::string base = "model.";           // in front of the names in `model`, or nothing at all:
                                           // a checkpoint may hold the model without its head
    std::map<std::string, From> model;     // from lib/spec/tensors.h, without those of a layer
    std::string layers = "layers.";        // base, this, and the layer's number are before `layer`
    std::map<std::string, From> layer;     // behind "layers.N."
    std::vector<std::string> unused = {};  // parts of names of tensors that are of no use here
};

struct Draft {
    explicit Draft(const Source& source, const PlanOptions& plan_options)
        : config(source), options(plan_options) {}
    Config config;
    const PlanOptions& options;
    spec::ModelSpec spec;
    std::vector<RopeTable> ropes;
    Names names;

    // A rotary table for heads of this width, from the configuration; its index.
    std::uint32_t add_rope(std::uint32_t head_dim, const std::string& layer_type = "",
                           double theta = 10000.0, double partial = 1.0);
    std::uint32_t add_rope(RopeTable table);
    // What the user asked for, or all positions of the checkpoint.
    std::uint32_t context_of(std::uint32_t positions) const;
    // The sliding window of the configuration; 0 when there is none. unsaid: what transformers takes
    // where the key is absent; null means none.
    std::uint32_t window_said(std::uint32_t unsaid = 0) const;
    // The same; 0 too when it holds the whole context.
    std::uint32_t window(std::uint32_t unsaid = 0) const;
    // As many layers as the configuration says under that key, all the same.
    void set_layers(const char* key, const spec::LayerSpec& layer);
};

// What a family takes where its configuration is silent. source: the configuration classes of
// transformers; checkpoints from before a key existed rely on them.
struct Unsaid {
    double norm_eps = 1e-6;
    std::uint32_t positions = 2048;
    double theta = 10000.0;        // of the rotary table
    std::uint32_t vocabulary = 0;  // 0: the configuration must say
};

// The words that most decoders' configurations share, and the names of their tensors: Llama's.
void start_decoder(Draft& draft, const Unsaid& unsaid = {});
// The same with one rotary table for all layers.
void start_llama(Draft& draft, const Unsaid& unsaid = {});
// The output matrix: the tensor `name`, the embedding, or none. tied_otherwise: what it means when
// the configuration does not say. Ends with set_classifier().
void set_output(Draft& draft, const std::string& name, bool tied_otherwise = false);
// The head of a model for classification, when the configuration's architectures name one; its
// tensors must be in draft.names.
void set_classifier(Draft& draft);
// config.json's name of an activation. Error{model} naming one that is not known.
spec::Activation activation_named(const Config& config, const std::string& name);
// Experts instead of the dense block, in every layer, and the most common names of their tensors.
void set_experts(Draft& draft, bool normalize);
// Whether the layer has a sliding window: by layer_types, or by `otherwise` where there is none.
bool is_sliding(const Config& config, std::size_t layer, bool otherwise);

}  // namespace quire::models
