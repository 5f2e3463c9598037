// Recurrent networks as PyTorch writes them: an embedding, layers of torch.nn.RNN, GRU or LSTM, and a linear
// layer. Tensors have the names of PyTorch's example word_language_model. PyTorch has no form for their
// configuration; docs/families.md says what these keys are.
#include <array>

#include "lib/base/join.h"
#include "lib/base/quoted.h"
#include "models/families/families.h"
#include "models/families/recurrent/rnn_lm.h"

namespace quire::models {

namespace {

struct Kind {
    std::string_view name;  // as the example's --model, and as `mode` of torch.nn.RNNBase
    spec::Recurrence recurrence;
    spec::Activation activation = spec::Activation::tanh;
};

constexpr std::array kKinds = std::to_array<Kind>({
    {"LSTM", spec::Recurrence::lstm},
    {"GRU", spec::Recurrence::gru},
    {"RNN_TANH", spec::Recurrence::rnn},
    {"RNN_RELU", spec::Recurrence::rnn, spec::Activation::relu},
});

const Kind& read_kind(Config& config) {
    const std::string name = config.text("rnn_type");
    const auto found = std::ranges::find(kKinds, name, &Kind::name);
    if (found != kKinds.end()) return *found;
    config.fail("rnn_type expected one of " + base::join(kKinds, ", ", &Kind::name) + ", found " +
                base::quoted(name));
}

void set_decoder(Draft& draft, std::uint32_t embedding) {
    Config& config = draft.config;
    set_output(draft, "decoder");
    spec::OutputKind& output = draft.spec.output;
    const bool tied = output == spec::OutputKind::tied;
    config.refuse_if(tied && embedding != draft.spec.dim,
                     "tie_word_embeddings with an embedding_size of " + std::to_string(embedding) +
                         " beside a decoder of " + std::to_string(draft.spec.dim) + " columns");
    if (config.source().tensors.contains("decoder.bias")) {
        output = tied ? spec::OutputKind::tied_biased : spec::OutputKind::biased;
    }
}

}  // namespace

void draft_rnn_lm(Draft& draft) {
    Config& config = draft.config;
    spec::ModelSpec& spec = draft.spec;
    const CountRange sizes{1, spec::kMaxDim};
    const Kind& kind = read_kind(config);
    const std::uint32_t hidden = config.count("hidden_size", sizes);
    const std::uint32_t projected = config.count_or("proj_size", 0, {0, hidden - 1});
    config.refuse_if(projected > 0 && kind.recurrence != spec::Recurrence::lstm,
                     "proj_size with another rnn_type than LSTM");
    config.refuse_if(config.flag_or("bidirectional", false), "bidirectional");
    config.ignore("dropout", "only training drops anything");
    config.ignore("batch_first", "the order of a tensor's dimensions, not of the text");

    const std::uint32_t embedding = config.count_or("embedding_size", hidden, sizes);
    spec.dim = projected > 0 ? projected : hidden;
    spec.embed_dim = embedding == spec.dim ? 0 : embedding;
    spec.vocab_size = config.count("vocab_size");
    spec.context_length = draft.context_of(1U << 20);  // a state has no end, but a context has
    spec.norm_eps = 1e-5F;                             // of no norm
    spec.final_norm = false;

    spec::LayerSpec layer;
    set_recurrent(layer, kind.recurrence);
    layer.activation = kind.activation;
    layer.attn_norm = false;
    layer.n_cells = hidden;
    layer.cell_bias = config.flag_or("bias", true);
    draft.set_layers("num_layers", layer);
    spec.layers.front().reads_embed = spec.embed_dim > 0;

    set_rnn_names(draft);
    set_decoder(draft, embedding);
}

}  // namespace quire::models
