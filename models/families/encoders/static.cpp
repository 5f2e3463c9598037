// Static embeddings: a text's vector is the mean of its tokens' (model2vec, and StaticEmbedding of
// sentence-transformers, which writes no config.json).
#include "models/families/families.h"

namespace quire::models {

void draft_static(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    // By model2vec, or by sentence-transformers.
    const bool bare = config.source().tensors.contains("embeddings");
    const std::string name = bare ? "embeddings" : "embedding.weight";
    const auto found = config.source().tensors.find(name);
    if (found == config.source().tensors.end())
        config.fail("tensor " + name + " expected, none found");
    const auto count = [](std::uint64_t n) {
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, UINT32_MAX));
    };
    spec.dim = count(found->second->columns());
    spec.vocab_size = count(found->second->rows());
    // Of each token alone, so no text is too long; passes over a text need memory for it.
    spec.context_length = draft.context_of(1U << 20);
    config.ignore("seq_length", "only model2vec cuts texts there");
    for (const char* key : {"apply_pca", "apply_zipf", "hidden_dim", "sif_coefficient", "pca_dims",
                            "tokenizer_name", "embedding_dtype", "vocabulary_quantization"}) {
        config.ignore(key, "how the embeddings were made; the tensor has their shape and type");
    }
    config.ignore("normalize", "vectors have length 1 in any case");
    spec.norm_eps = 1e-5F;  // there is no norm
    spec.causal = false;
    spec.final_norm = false;
    spec.output = spec::OutputKind::none;
    spec.pooling = spec::Pooling::mean;
    draft.names.base = "";
    draft.names.model = {{"embed", {.name = bare ? "embeddings" : "embedding", .bare = bare}}};
}

}  // namespace quire::models
