// The common basis of all families. A family's function turns a checkpoint's configuration into a
// Draft: the spec, and the source of each tensor. fill() does the rest.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/spec/answer_spec.h"
#include "lib/spec/limits.h"
#include "lib/spec/model_spec.h"
#include "lib/spec/tensors.h"
#include "models/draft/plan_types.h"
#include "models/draft/position_bias.h"
#include "models/draft/rope.h"
#include "models/source/config.h"
#include "models/source/source.h"

namespace quire::models {

// The source of one of our tensors.
struct From {
    std::string name;  // without ".weight"; "{}" is replaced by the number of an expert
    RowSlice slice = {};
    bool transposed = false;         // a vector: of the values of a matrix, column by column
    bool rotary = false;             // rows of rotated heads: see Source::interleaved_rope
    float plus = 0.0F;               // a vector: added to every value,
    float times = 1.0F;              // then multiplied; also a matrix, which is decoded then
    std::string add = {};            // a matrix: a tensor whose first row is added to every row
    bool in_part = false;            // rows outside all slices are not needed
    bool negative_exp = false;       // a vector: -e^x of every value x
    bool bare = false;               // the name has no ".weight" behind it
    bool whole_name = false;         // of a layer's tensor: the name of the layers is not before it
    std::optional<float> fill = {};  // a vector that no checkpoint has: its value everywhere,
    std::vector<float> values = {};  // or its values
    // A matrix whose rows a formula gives where the checkpoint does not have them.
    std::shared_ptr<const formats::SourceTensor> formula = {};
    std::vector<std::string> joined = {};  // a vector: the names of further ones behind it
    std::vector<RowPart> parts = {};       // a matrix: several slices instead of one
    // A transposed vector: what the values of each row of the checkpoint's matrix are multiplied with.
    std::vector<float> times_of = {};
};

// Of a vector that no checkpoint of a family has.
inline From filled(float value) {
    From from;
    from.fill = value;
    return from;
}

// Our names (lib/spec/tensors.h) to those of the checkpoint. A bias that is not listed is the ".bias"
// of the tensor that it is added after.
struct Names {
    std::string base = "model.";  // in front of the names in `model`, or nothing at all:
                                  // a checkpoint may hold the model without its head
    std::map<spec::ModelTensorName, From> model;
    std::string layers = "layers.";  // base, this, and the number of the layer precede `layer`
    std::map<spec::LayerTensorName, From> layer;
    // Entries of single layers, which count before those of all.
    std::map<std::size_t, std::map<spec::LayerTensorName, From>> of_layer = {};
    std::vector<std::string> unused = {};  // parts of the names of tensors that are not needed
};

struct Draft {
    explicit Draft(const Source& source, const PlanOptions& plan_options)
        : config(source), options(plan_options) {}
    Config config;
    const PlanOptions& options;
    spec::ModelSpec spec;
    std::vector<RopeTable> ropes;
    Names names;
    Names encoder_names;                        // of the tensors of spec.encoder
    std::optional<spec::AnswerSpec> answers;    // of a model with an encoder
    bool interleaved_rope = false;              // of the family; see Source::interleaved_rope
    bool names_gguf = false;                    // the family names the tensors of GGUF itself
    bool rotates_last = false;                  // the rotated part of a head is its last
    std::optional<PositionBias> position_bias;  // of the layers with a bias_distance
    std::optional<PositionBias> encoder_position_bias;
    std::string token_kinds;   // the tensor with a row for each kind of token; empty: there is none
    bool reads_pairs = false;  // a head that scores pairs of texts, as cross encoders do

    // Adds a rotary table for heads of this width, from the configuration; returns its index.
    std::uint32_t add_rope(std::uint32_t head_dim, const std::string& layer_type = "",
                           double theta = 10000.0, double partial = 1.0);
    std::uint32_t add_rope(RopeTable table);
    // The context that the user asked for, or all positions of the checkpoint.
    std::uint32_t context_of(std::uint32_t positions) const;
    // The sliding window of the configuration; 0 for none. unsaid: the default of transformers when
    // the key is absent; null means none.
    std::uint32_t window_said(std::uint32_t unsaid = 0);
    // The same, but 0 too when the window covers the whole context.
    std::uint32_t window(std::uint32_t unsaid = 0);
    // Adds identical layers, as many as the configuration says under `key`.
    void set_layers(const char* key, const spec::LayerSpec& layer);
};

// Defaults of a family for absent keys. source: the configuration classes of transformers.
// Checkpoints from before a key existed rely on them.
struct Unsaid {
    double norm_eps = 1e-6;
    std::uint32_t positions = 2048;
    double theta = 10000.0;                    // of the rotary table
    std::uint32_t vocabulary = 0;              // 0: the key is required
    const char* layers = "num_hidden_layers";  // the key with their number
};

// Reads the keys that most decoders share and sets the names of their tensors: those of Llama.
void start_decoder(Draft& draft, const Unsaid& unsaid = {});
// The same with one rotary table for all layers.
void start_llama(Draft& draft, const Unsaid& unsaid = {});
// The output matrix: the tensor `name`, the embedding, or none. tied_otherwise: the default of
// tie_word_embeddings. Calls set_classifier() at the end.
void set_output(Draft& draft, const std::string& name, bool tied_otherwise = false);
// The bias of the output matrix, in families that have it. After set_output(). A bias beside a matrix
// that is shared with the embedding is not supported, and fill() refuses it.
void add_output_bias(Draft& draft);
// The classification head, when the configuration's architectures name one; its tensors must be in
// draft.names.
void set_classifier(Draft& draft);
// Takes config.json's name of an activation. Error{model} naming an unknown one.
spec::Activation activation_named(Config& config, const std::string& name);
// experts.cpp

// Experts instead of the dense block in every layer, with the most common names of their tensors.
void set_experts(Draft& draft, bool normalize);
// What layer_types says of the layer; empty without that key.
std::string layer_type(Config& config, std::size_t layer);
// Replaces attention by a recurrent block.
void set_recurrent(spec::LayerSpec& layer, spec::Recurrence recurrence);
// The width of each expert in every layer, from moe_intermediate_size.
void set_expert_dim(Draft& draft);
// The names of experts that are stacked in two tensors, name.gate_up_proj and name.down_proj: each
// matrix as it is, or transposed. All widths must be set.
void set_stacked_experts(Draft& draft, const std::string& name);
// A block beside the experts of every layer; its tensors are name.gate_proj and so on. dim 0: none.
void set_shared_expert(Draft& draft, std::uint32_t dim, const std::string& name);
// A factor of the weights of all experts in every layer.
void set_expert_scale(Draft& draft, double factor);
// Defaults of absent keys, and names.
struct RoutedExperts {
    bool normalize = true;          // norm_topk_prob
    std::uint32_t first_dense = 0;  // first_k_dense_replace
    double scale = 1.0;             // routed_scaling_factor
    std::uint32_t n_groups = 1;
    std::uint32_t n_groups_used = 1;
    std::uint32_t n_shared = 1;
    const char* shared_key = "n_shared_experts";  // they are one block
    std::string shared_name = "mlp.shared_experts";
};
// Groups of experts, of which each token uses some; n_group and topk_group, or these defaults.
void set_groups(Draft& draft, spec::GroupScore score, std::uint32_t n_groups, std::uint32_t n_used);
// The block beside the experts, as wide as several of them.
void set_shared_experts(Draft& draft, const RoutedExperts& unsaid);
// Experts, DeepSeek V3's router, a shared block and dense layers at the front, with its keys.
void set_routed_experts(Draft& draft, const RoutedExperts& unsaid);
// A dense block of this width in one layer, with the names of start_decoder(); and in as many first
// layers as first_k_dense_replace says. After all that is set in every layer.
void make_dense(Draft& draft, std::size_t index, std::uint32_t ffn_dim);
void make_first_dense(Draft& draft, std::uint32_t unsaid, std::uint32_t ffn_dim);
// The layers behind the last, which guess further tokens: num_nextn_predict_layers says how many. They
// are not kept.
void leave_out_predictors(Draft& draft, std::uint32_t unsaid);
// Whether the layer has a sliding window: by layer_types, or `otherwise` without that key.
bool is_sliding(Config& config, std::size_t layer, bool otherwise);

}  // namespace quire::models
