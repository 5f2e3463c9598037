// State shared by the parts of the GGUF source: the file, and the configuration that is built from
// it.
#pragma once

#include "formats/gguf/gguf.h"
#include "lib/base/quoted.h"
#include "lib/spec/limits.h"
#include "models/source/source.h"

namespace quire::models {

struct GgufReader {
    const formats::gguf::File& file;
    Source& source;
    std::string architecture;

    std::string full(std::string_view key) const { return architecture + "." + std::string(key); }
    // The key for a message: the architecture may be any text of any length.
    std::string named(std::string_view key) const { return "key " + base::printable(full(key)); }
    bool has_tensor(const std::string& name) const { return file.tensor(name) != nullptr; }
    // A non-negative number of the configuration so far; 0 when absent.
    std::uint64_t number(const char* key) const;
    // Error{model} naming the file.
    [[noreturn]] void fail(const std::string& message) const;
};

// Rotary scalings and dimensions, after the keys of the table.
void read_gguf_rope(const GgufReader& reader);

// Pooling, classification heads and dense layers.
void read_gguf_heads(const GgufReader& reader);
// Sizes of single layers, after those of all.
void read_gguf_layers(const GgufReader& reader);

// The sizes of latent attention, instead of heads that llama.cpp computes with.
void read_gguf_latent(const GgufReader& reader);
// What T5's tensors say, and how long its answers may be.
void read_gguf_t5(const GgufReader& reader);
// Heads of layers with windows and without, and which layers have experts (MiMo-V2).
void read_gguf_mimo(const GgufReader& reader);
// The numbers of an activation (Apertus).
void read_gguf_xielu(const GgufReader& reader);

// Keys about experts, after the keys of the table.
void read_gguf_experts(const GgufReader& reader);

// The kinds of layers in models with recurrent ones, after the keys of the table.
void read_gguf_recurrent(const GgufReader& reader);

// Removes the tensors of layers behind the last one, which guess further tokens.
void drop_extra_layers(const GgufReader& reader);

// Replaces the matrices among source.tensors that have a scale in a tensor of their own by copies in
// `scaled` that know it, and removes the tensors of the scales. `scaled` must outlive the source.
void take_gguf_scales(const GgufReader& reader, std::vector<formats::SourceTensor>& scaled);

}  // namespace quire::models
