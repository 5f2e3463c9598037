// The names of a recurrent network's tensors, as PyTorch's example word_language_model has them.
#include <array>
#include <string>

#include "models/families/recurrent/rnn_lm.h"

namespace quire::models {

void set_rnn_names(Draft& draft) {
    draft.names.base = "";
    draft.names.model = {{"embed", {"encoder"}}};
    struct Named {
        spec::LayerTensorName ours;
        const char* theirs;
    };
    constexpr std::array kNamed = std::to_array<Named>({{"mix_in", "weight_ih_l"},
                                                        {"mix_state", "weight_hh_l"},
                                                        {"mix_in_bias", "bias_ih_l"},
                                                        {"mix_state_bias", "bias_hh_l"},
                                                        {"mix_out", "weight_hr_l"}});
    for (std::size_t i = 0; i < draft.spec.layers.size(); ++i) {
        for (const Named& one : kNamed) {
            From& from = draft.names.of_layer[i][one.ours];
            from.name = "rnn." + (one.theirs + std::to_string(i));
            from.bare = true;
            from.whole_name = true;
        }
    }
}

}  // namespace quire::models
