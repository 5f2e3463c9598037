// VaultGemma: Gemma 2 without the norms after its blocks.
#include "models/families/families.h"

namespace quire::models {

void draft_vaultgemma(Draft& draft) {
    draft_gemma2(draft);
    for (spec::LayerSpec& layer : draft.spec.layers) layer.norm_place = spec::NormPlace::before;
}

}  // namespace quire::models
