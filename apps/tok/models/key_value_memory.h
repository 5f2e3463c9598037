// The memory that the keys and values of a text take while a model works on it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/tok/models/tokenizer_file.h"
#include "lib/kernels/kernels.h"
#include "lib/model/kv/kv_cache.h"

namespace quire::tok {

class KeyValueMemory {
  public:
    // Error{usage} for a model that keeps no keys and values.
    KeyValueMemory(const formats::QuireFile& file, kernels::KvType type);

    // Whole pages, as the cache takes them, and the state of recurrent layers.
    std::uint64_t bytes(std::uint64_t n_tokens) const noexcept;

  private:
    model::KvLayout layout_;
};

// Of each model; none for a tokenizer that is no .quire file. Error{usage} when all are such.
std::vector<std::optional<KeyValueMemory>> memory_of(const Models& models, kernels::KvType type);

}  // namespace quire::tok
