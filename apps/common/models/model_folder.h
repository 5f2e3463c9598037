// Where the models are that are called by a name instead of a path.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace quire::common {

// The folder that the variable names, such as XDG_DATA_HOME, else the one in the home folder, such as
// ".local/share"; empty if neither is known. source: the XDG base directory specification, by which a
// path that is not absolute is ignored.
std::string base_folder(const char* variable, const char* in_home);

// The folder of models: $QUIRE_MODELS, else $XDG_DATA_HOME/quire/models, else
// ~/.local/share/quire/models. Empty if none of these variables is set. It need not exist.
std::string model_folder();

// The folder of files that were packed on the way: $XDG_CACHE_HOME/quire/packed, else
// ~/.cache/quire/packed. Empty if neither is set.
std::string packed_folder();

struct NamedModel {
    std::string name;  // its path in the folder without .quire, such as "llama" or "qwen/qwen3-8b"
    std::string path;
    std::uint64_t bytes = 0;
};

// The .quire files of the folder, sorted by name. Files and folders that cannot be read are left out.
std::vector<NamedModel> named_models();

// Where a model of this name is, or would be. Error{usage} for a name that leads out of the folder,
// or when there is no folder.
std::string path_of_model(const std::string& name);

}  // namespace quire::common
