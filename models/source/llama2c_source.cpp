#include "formats/llama2c/llama2c.h"
#include "models/source/source.h"

namespace quire::models {

Source open_llama2c(const std::string& path) {
    const auto file = std::make_shared<formats::Llama2cFile>(path);
    const formats::Llama2cConfig& config = file->config();
    Source source;
    source.path = path;
    source.format = Format::llama2c;
    source.config = {
        {"model_type", "llama"},
        {"hidden_size", config.dim},
        {"intermediate_size", config.hidden_dim},
        {"num_hidden_layers", config.n_layers},
        {"num_attention_heads", config.n_heads},
        {"num_key_value_heads", config.n_kv_heads},
        {"vocab_size", config.vocab_size},
        {"max_position_embeddings", config.seq_len},
        // Constants of run.c: rmsnorm() adds the epsilon, and forward() rotates by 10000^(-2i /
        // head_size).
        {"rms_norm_eps", 1e-5},
        {"rope_theta", 10000.0}};
    for (const formats::SourceTensor& tensor : file->tensors()) {
        source.tensors.emplace(tensor.name, &tensor);
    }
    source.interleaved_rope = true;
    source.owners.push_back(file);
    return source;
}

}  // namespace quire::models
