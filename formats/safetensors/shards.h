// Checkpoints in several files: the files that an index lists, opened and compared with it.
#pragma once

#include <string>
#include <vector>

#include "formats/checkpoint/tensor_set.h"
#include "formats/safetensors/index.h"

namespace quire::formats {

// Also false when the file system reports an error: opening the file then gives the reason.
bool is_there(const std::string& path);

// Error{model} naming the first shard that is not there, before any is opened.
void check_all_there(const std::string& folder, const ShardIndex& index,
                     const std::string& index_path);
// Error{model} when index and shard disagree about its tensors. path: the shard's.
void check_shard(const TensorSet& set, const std::string& path, const ShardIndex::Shard& shard);

// File: a class that opens a path and has set(). The files are those of the index, in its order.
template <typename File>
void open_shards(std::vector<File>& files, const std::string& folder,
                 const std::string& index_path) {
    const ShardIndex index = read_shard_index(index_path);
    check_all_there(folder, index, index_path);
    files.reserve(index.shards.size());
    for (const ShardIndex::Shard& shard : index.shards) {
        const std::string path = folder + "/" + shard.file;
        check_shard(files.emplace_back(path).set(), path, shard);
    }
}

// The tensors of all files, in order.
template <typename File>
TensorSet join_sets(const std::vector<File>& files) {
    std::vector<SourceTensor> tensors;
    std::vector<CodedTensor> coded;
    for (const File& file : files) {
        const TensorSet& set = file.set();
        tensors.insert(tensors.end(), set.tensors().begin(), set.tensors().end());
        coded.insert(coded.end(), set.coded().begin(), set.coded().end());
    }
    return {std::move(tensors), std::move(coded)};
}

}  // namespace quire::formats
