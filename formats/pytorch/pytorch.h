// PyTorch checkpoints (pytorch_model.bin): a dict of tensors as torch.save() writes it, in a zip file
// or, before PyTorch 1.6, as pickles followed by raw data. Opening reads names and shapes and checks
// every extent; no weight is touched, and nothing of the file is run.
//
// Non-goals: TorchScript archives, tar files of PyTorch 0.1, pickles with anything but tensors.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "formats/checkpoint/tensor_set.h"

namespace quire::formats {

class PytorchFile {
  public:
    // Error{model} saying what the file holds that is no dict of tensors, or what lies outside of it.
    explicit PytorchFile(const std::string& path);

    const base::MappedFile& file() const noexcept { return *file_; }
    const TensorSet& set() const noexcept { return set_; }

  private:
    std::unique_ptr<base::MappedFile> file_;  // at a fixed address, because the tensors point to it
    TensorSet set_;                           // in the order of the dict
};

// A folder with pytorch_model.bin, or with pytorch_model.bin.index.json and the shards that it lists.
// If both are present the single file is used, as in transformers.
class PytorchFolder {
  public:
    // The names of both, to look for them.
    static constexpr const char* kSingle = "pytorch_model.bin";
    static constexpr const char* kIndex = "pytorch_model.bin.index.json";

    // Error{model} as for SafetensorsFolder.
    explicit PytorchFolder(const std::string& path);

    // The tensors of all files, in order (shards by name).
    const TensorSet& set() const noexcept { return set_; }

  private:
    std::vector<PytorchFile> files_;
    TensorSet set_;
};

}  // namespace quire::formats
