// Checkpoints of llama2.c: version 0 (seven numbers, then float32 weights) and version 1 (a
// 256-byte header, then float32 weights in another order). Neither format names its tensors or
// their sizes: all follows from the seven numbers, so the size of the file must match them exactly.
//
// The tensors get the names of a Llama model on Hugging Face. One thing differs from such a
// checkpoint: the rows of q_proj and k_proj are in the order of Meta's code, where RoPE rotates the
// pairs (2i, 2i + 1) of a head instead of (i, i + head_size / 2). source: export.py (legacy_export,
// version1_export) and run.c (memory_map_weights) of llama2.c.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "formats/checkpoint/names.h"
#include "formats/checkpoint/source_tensor.h"

namespace quire::formats {

struct Llama2cConfig {
    std::uint64_t dim = 0;         // a multiple of 2 * n_heads
    std::uint64_t hidden_dim = 0;  // of the feed-forward network
    std::uint64_t n_layers = 0;
    std::uint64_t n_heads = 0;  // a multiple of n_kv_heads
    std::uint64_t n_kv_heads = 0;
    std::uint64_t vocab_size = 0;
    std::uint64_t seq_len = 0;
    bool shared_classifier = true;  // no lm_head.weight: the embedding is used instead

    std::uint64_t head_size() const noexcept { return dim / n_heads; }
    std::uint64_t kv_dim() const noexcept { return n_kv_heads * head_size(); }
};

class Llama2cFile {
  public:
    // Error{model} when the numbers describe no valid model or do not match the size of the file.
    // The quantized version 2 is refused by name.
    explicit Llama2cFile(const std::string& path);

    const base::MappedFile& file() const noexcept { return *file_; }
    int version() const noexcept { return version_; }  // 0 or 1
    const Llama2cConfig& config() const noexcept { return config_; }
    // All F32, in the order of the file. The RoPE tables of version 0 are left out.
    std::span<const SourceTensor> tensors() const noexcept { return tensors_; }
    // nullptr when there is no such tensor.
    const SourceTensor* tensor(std::string_view name) const noexcept;

  private:
    std::unique_ptr<base::MappedFile> file_;  // at a fixed address, because the tensors point to it
    int version_ = 0;
    Llama2cConfig config_;
    std::vector<SourceTensor> tensors_;
    NameIndex names_;
};

}  // namespace quire::formats
