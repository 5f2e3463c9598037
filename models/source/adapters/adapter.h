// LoRA adapters: what fine-tuning adds to a model's matrices, as the product of two narrow matrices. pack adds it to the
// weights, W + scale * B A, so that the finished file is as fast as one without.
// source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021), section 4.1.
#pragma once

#include <string>

#include "models/source/source.h"

namespace quire::models {

struct Adapter {
    std::string path;  // a folder that PEFT wrote, or a .gguf file for a source that is one as well
    double scale = 1;  // beside the adapter's own factor
};

// Puts the weights with the adapter in place of the source's; a note says how many matrices it changed. Error{model}
// naming the key or tensor for an adapter of another kind, or one that does not fit the source.
void add_adapter(Source& source, const Adapter& adapter);

}  // namespace quire::models
