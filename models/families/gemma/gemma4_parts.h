// Parts of Gemma 4 that only some of its sizes have.
#pragma once

#include "models/families/families.h"

namespace quire::models {

// Heads and key/value heads of layers without a window: one for all of them as published, or single
// layers as transformers 5.24 saves them; with these, the widths of single layers' blocks, too. k_eq_v:
// such layers have another number of key/value heads. `sliding` says which layers have a window.
void set_gemma4_heads(Draft& draft, const std::vector<bool>& sliding, bool k_eq_v);

// 26B: experts beside the dense block of every layer, each with norms of its own.
void set_gemma4_experts(Draft& draft);

// E2B and E4B: a second embedding, and layers at the end that read the keys and values of the last
// layer of their kind before them. unsaid: the default of the embedding's width.
void set_gemma4_layer_embedding(Draft& draft, std::uint32_t unsaid);
void share_gemma4_keys(Draft& draft, const std::vector<bool>& sliding);

}  // namespace quire::models
