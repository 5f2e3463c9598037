#include "formats/safetensors/shards.h"

#include <filesystem>

#include "lib/base/quoted.h"

namespace quire::formats {

bool is_there(const std::string& path) {
    std::error_code error;
    return std::filesystem::exists(path, error);
}

namespace {

std::string tensors_text(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " tensor" : " tensors");
}

}  // namespace

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

void check_shard(const TensorSet& set, const std::string& path, const ShardIndex::Shard& shard) {
    for (const std::string& name : shard.tensors) {
        if (!set.contains(name)) {
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
    for (const SourceTensor& tensor : set.tensors()) check(tensor.name);
    for (const CodedTensor& tensor : set.coded()) check(tensor.name);
}

}  // namespace quire::formats
