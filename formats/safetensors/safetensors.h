// Safetensors checkpoints: a single file, or a Hugging Face folder of one or more files.
//
// A file is 8 bytes of header length, a JSON header, and data that the tensors tile exactly: each
// begins where the previous one ends, and the last one ends with the file. So a file has only one
// meaning. Opening checks all of this and touches no weight. Duplicate keys, which parsers resolve
// differently, are refused. source: the README of the safetensors project, "Format".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

class SafetensorsFile {
  public:
    // Error{model} saying which rule of the format is broken and where.
    explicit SafetensorsFile(const std::string& path);

    const base::MappedFile& file() const noexcept { return *file_; }
    std::span<const SourceTensor> tensors() const noexcept { return set_.tensors(); }
    std::span<const CodedTensor> coded() const noexcept { return set_.coded(); }
    const SourceTensor* find(std::string_view name) const { return set_.find(name); }
    bool contains(std::string_view name) const noexcept { return set_.contains(name); }
    const TensorSet& set() const noexcept { return set_; }

    // The strings of the header's `__metadata__`, in order.
    std::span<const std::pair<std::string, std::string>> metadata() const noexcept {
        return metadata_;
    }

  private:
    std::unique_ptr<base::MappedFile> file_;  // at a fixed address, because the tensors point to it
    TensorSet set_;                           // in the order of the data
    std::vector<std::pair<std::string, std::string>> metadata_;
};

// A folder with model.safetensors, or with model.safetensors.index.json and the shards that it
// lists. If both are present the single file is used, as in transformers.
class SafetensorsFolder {
  public:
    // Error{model} when neither is present; when a shard is missing, before any shard is opened;
    // and when index and shards disagree about the tensors of a shard.
    explicit SafetensorsFolder(const std::string& path);

    std::span<const SafetensorsFile> files() const noexcept { return files_; }
    // The tensors of all files, in order (shards by name).
    std::span<const SourceTensor> tensors() const noexcept { return set_.tensors(); }
    std::span<const CodedTensor> coded() const noexcept { return set_.coded(); }
    const SourceTensor* find(std::string_view name) const { return set_.find(name); }
    const TensorSet& set() const noexcept { return set_; }

  private:
    std::vector<SafetensorsFile> files_;
    TensorSet set_;
};

}  // namespace quire::formats
