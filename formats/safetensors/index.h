// model.safetensors.index.json: which shard of a checkpoint holds which tensor.
#pragma once

#include <string>
#include <vector>

namespace quire::formats {

struct ShardIndex {
    struct Shard {
        std::string file;                  // a plain file name
        std::vector<std::string> tensors;  // names of the tensors that it should hold, sorted
    };
    std::vector<Shard> shards;  // by file name
};

// Error{model} when the file is not an index: broken JSON, no weight_map, a duplicate name, or a
// shard name that leads out of the folder.
ShardIndex read_shard_index(const std::string& path);

}  // namespace quire::formats
