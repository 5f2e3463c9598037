// model.safetensors.index.json: which shard of a checkpoint holds which tensor.
#pragma once

#include <string>
#include <vector>

namespace quire::formats {

struct ShardIndex {
    struct Shard {
        std::string file;                  // a plain file name
        std::vector<std::string> tensors;  // that it should hold, by name
    };
    std::vector<Shard> shards;  // by file name
};

// Error{model} when the file is no index: broken JSON, no weight_map, a name twice, or a shard
// whose name leads out of the folder.
ShardIndex read_shard_index(const std::string& path);

}  // namespace quire::formats
