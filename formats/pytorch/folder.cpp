#include "formats/pytorch/pytorch.h"
#include "formats/safetensors/shards.h"
#include "lib/base/files/mapped_file.h"

namespace quire::formats {

PytorchFolder::PytorchFolder(const std::string& path) {
    const std::string single = path + "/" + kSingle;
    if (base::file_exists(single)) {
        files_.emplace_back(single);
    } else {
        open_shards(files_, path, path + "/" + kIndex);
    }
    set_ = join_sets(files_);
}

}  // namespace quire::formats
