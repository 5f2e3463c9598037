// Published models without their weights: what a configuration says of their sizes.
#include <array>

#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "models/source/source.h"

namespace quire::models {

namespace {

struct Shape {
    std::string_view name;
    std::string_view config;  // the keys of the model's config.json that its family reads
};

// source: the published config.json; copies of all seven are in tests/golden/configs.
constexpr std::array<Shape, 7> kShapes{{
    {"smollm2-135m", R"({
        "model_type": "llama", "vocab_size": 49152, "tie_word_embeddings": true,
        "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
        "num_attention_heads": 9, "num_key_value_heads": 3,
        "max_position_embeddings": 8192, "rms_norm_eps": 1e-05, "rope_theta": 100000})"},
    {"qwen-0.6b", R"({
        "model_type": "qwen3", "vocab_size": 151936, "tie_word_embeddings": true,
        "hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28,
        "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128,
        "max_position_embeddings": 40960, "rms_norm_eps": 1e-06, "rope_theta": 1000000})"},
    {"llama-1b", R"({
        "model_type": "llama", "vocab_size": 128256, "tie_word_embeddings": true,
        "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
        "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000,
        "rope_scaling": {"rope_type": "llama3", "factor": 32, "low_freq_factor": 1,
            "high_freq_factor": 4, "original_max_position_embeddings": 8192}})"},
    {"llama-3b", R"({
        "model_type": "llama", "vocab_size": 128256, "tie_word_embeddings": true,
        "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 28,
        "num_attention_heads": 24, "num_key_value_heads": 8, "head_dim": 128,
        "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000,
        "rope_scaling": {"rope_type": "llama3", "factor": 32, "low_freq_factor": 1,
            "high_freq_factor": 4, "original_max_position_embeddings": 8192}})"},
    {"llama-8b", R"({
        "model_type": "llama", "vocab_size": 128256, "tie_word_embeddings": false,
        "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32,
        "num_attention_heads": 32, "num_key_value_heads": 8,
        "max_position_embeddings": 131072, "rms_norm_eps": 1e-05, "rope_theta": 500000,
        "rope_scaling": {"rope_type": "llama3", "factor": 8, "low_freq_factor": 1,
            "high_freq_factor": 4, "original_max_position_embeddings": 8192}})"},
    {"olmoe", R"({
        "model_type": "olmoe", "vocab_size": 50304, "tie_word_embeddings": false,
        "hidden_size": 2048, "intermediate_size": 1024, "num_hidden_layers": 16,
        "num_attention_heads": 16, "num_key_value_heads": 16,
        "num_experts": 64, "num_experts_per_tok": 8, "norm_topk_prob": false,
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "rope_theta": 10000})"},
    {"qwen3-30b-a3b", R"({
        "model_type": "qwen3_moe", "vocab_size": 151936, "tie_word_embeddings": false,
        "hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 48,
        "num_attention_heads": 32, "num_key_value_heads": 4, "head_dim": 128,
        "num_experts": 128, "num_experts_per_tok": 8, "norm_topk_prob": true,
        "moe_intermediate_size": 768,
        "max_position_embeddings": 40960, "rms_norm_eps": 1e-06, "rope_theta": 1000000})"},
}};

}  // namespace

std::string shape_names(std::string_view separator) {
    return base::join(kShapes, separator, &Shape::name);
}

Source open_shape(const std::string& name) {
    for (const Shape& shape : kShapes) {
        if (shape.name != name) continue;
        Source source;
        source.path = "shape " + name;
        source.format = Format::shape;
        source.name = name + " with random weights";
        source.config = base::parse_json(shape.config, source.path);
        return source;
    }
    throw Error(ErrorCode::usage, "",
                "expected one of " + shape_names(", ") + ", found " + base::quoted(name));
}

}  // namespace quire::models
