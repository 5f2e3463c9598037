#include <filesystem>

#include "formats/safetensors/index.h"
#include "formats/safetensors/safetensors.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

namespace fs = std::filesystem;

// Also false when the file system reports an error: opening the file then gives the reason.
bool is_there(const std::string& path) {
    std::error_code error;
    return fs::exists(path, error);
}

std::string tensors_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " tensor" : " tensors");
}

void check_all_there(const std::string& folder, const ShardIndex& index,
                     const std::string& index_path) {
    const ShardIndex::Shard* first = nullptr;
    std::size_t n_missing = 0;
    for (const ShardIndex::Shard& shard : index.shards) {
        if (is_there(folder + "/" + shard.file)) continue;
        if (first == nullptr) first = &shard;
        ++n_missing;
    }
    if (first == nullptr) return;
    std::string message = "shard " + base::printable(first->file) + ", which should hold " +
                          tensors_text(first->tensors.size()) + ", is missing";
    if (n_missing > 1) message += ", and so are " + std::to_string(n_missing - 1) + " more";
    throw Error(ErrorCode::model, index_path, message);
}

void check_shard(const SafetensorsFile& file, const ShardIndex::Shard& shard) {
    const std::string& path = file.file().path();
    for (const std::string& name : shard.tensors) {
        if (!file.contains(name)) {
            throw Error(ErrorCode::model, path,
                        "the index says that tensor '" + base::printable(name) +
                            "' is here, but it is not");
        }
    }
    const NameIndex listed({shard.tensors.begin(), shard.tensors.end()});
    const auto check = [&](std::string_view name) {
        if (!listed.find(name)) {
            throw Error(
                ErrorCode::model, path,
                "the index does not say that tensor '" + base::printable(name) + "' is here");
        }
    };
    for (const SourceTensor& tensor : file.tensors()) check(tensor.name);
    for (const UnsupportedTensor& tensor : file.unsupported()) check(tensor.name);
}

}  // namespace

SafetensorsFolder::SafetensorsFolder(const std::string& path) {
    const std::string single = path + "/model.safetensors";
    const std::string index = path + "/model.safetensors.index.json";
    if (is_there(single)) {
        files_.emplace_back(single);
    } else if (is_there(index)) {
        open_shards(path, index);
    } else {
        throw Error(ErrorCode::model, path,
                    "expected model.safetensors or model.safetensors.index.json, found neither");
    }

    std::vector<SourceTensor> tensors;
    std::vector<UnsupportedTensor> unsupported;
    for (const SafetensorsFile& file : files_) {
        tensors.insert(tensors.end(), file.tensors().begin(), file.tensors().end());
        unsupported.insert(unsupported.end(), file.unsupported().begin(), file.unsupported().end());
    }
    set_ = TensorSet(std::move(tensors), std::move(unsupported));
}

void SafetensorsFolder::open_shards(const std::string& path, const std::string& index_path) {
    const ShardIndex index = read_shard_index(index_path);
    check_all_there(path, index, index_path);
    files_.reserve(index.shards.size());
    for (const ShardIndex::Shard& shard : index.shards) {
        files_.emplace_back(path + "/" + shard.file);
        check_shard(files_.back(), shard);
    }
}

}  // namespace quire::formats
