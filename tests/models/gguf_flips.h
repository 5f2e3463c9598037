// Values of GGUF keys for gguf_keys_test.cpp: those of recurrent layers.
#pragma once

#include <string>
#include <vector>

#include "lib/base/json/json.h"

namespace quire::tests {

// Another value for a key of a model of that kind. Every row of the table needs one.
struct Flip {
    const char* kind;
    const char* key;
    nlohmann::ordered_json value;
};

inline const std::vector<Flip> kRecurrentFlips{
    {"golden/mamba2", "ssm.conv_kernel", 3},
    {"golden/mamba2", "ssm.group_count", 1},
    {"golden/mamba2", "ssm.inner_size", 32},
    {"golden/mamba2", "ssm.state_size", 32},
    {"golden/mamba2", "ssm.time_step_rank", 2},
    {"golden/nemotron-h", "ssm.conv_kernel", 3},
    {"golden/nemotron-h", "ssm.group_count", 1},
    {"golden/nemotron-h", "ssm.inner_size", 32},
    {"golden/nemotron-h", "ssm.state_size", 32},
    {"golden/nemotron-h", "ssm.time_step_rank", 2},
    {"golden/nemotron-h-latent", "moe_latent_size", 32},
    {"golden/rwkv7", "attention.decay_lora_rank", 16},
    {"golden/rwkv7", "attention.gate_lora_rank", 16},
    {"golden/rwkv7", "attention.head_count", 1},
    {"golden/rwkv7", "attention.iclr_lora_rank", 16},
    {"golden/rwkv7", "attention.value_residual_mix_lora_rank", 8},
    {"golden/rwkv7", "wkv.head_size", 32},
};

}  // namespace quire::tests
