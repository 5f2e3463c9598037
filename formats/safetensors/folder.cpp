#include "formats/safetensors/safetensors.h"
#include "formats/safetensors/shards.h"

namespace quire::formats {

SafetensorsFolder::SafetensorsFolder(const std::string& path) {
    const std::string single = path + "/model.safetensors";
    const std::string index = path + "/model.safetensors.index.json";
    if (is_there(single)) {
        files_.emplace_back(single);
    } else if (is_there(index)) {
        open_shards(files_, path, index);
    } else {
        throw Error(ErrorCode::model, path,
                    "expected model.safetensors or model.safetensors.index.json, found neither");
    }
    set_ = join_sets(files_);
}

}  // namespace quire::formats
