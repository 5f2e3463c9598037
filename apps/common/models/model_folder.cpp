#include "apps/common/models/model_folder.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::common {

namespace {

namespace fs = std::filesystem;

constexpr const char* kSuffix = ".quire";

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

}  // namespace

std::string base_folder(const char* name, const char* in_home) {
    std::string set = variable(name);
    if (set.starts_with('/')) return set;
    const std::string home = variable("HOME");
    return home.empty() ? "" : home + "/" + in_home;
}

std::string model_folder() {
    if (std::string set = variable("QUIRE_MODELS"); !set.empty()) return set;
    const std::string base = base_folder("XDG_DATA_HOME", ".local/share");
    return base.empty() ? "" : base + "/quire/models";
}

std::string packed_folder() {
    const std::string base = base_folder("XDG_CACHE_HOME", ".cache");
    return base.empty() ? "" : base + "/quire/packed";
}

std::vector<NamedModel> named_models() {
    std::vector<NamedModel> models;
    const fs::path folder = model_folder();
    if (folder.empty()) return models;
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    fs::recursive_directory_iterator entry(folder, options, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
        std::error_code ignored;
        const fs::path& path = entry->path();
        if (path.extension() != kSuffix || !entry->is_regular_file(ignored)) continue;
        const std::uint64_t bytes = entry->file_size(ignored);
        std::string name = path.lexically_relative(folder).replace_extension().string();
        if (!ignored) models.push_back({std::move(name), path.string(), bytes});
    }
    std::ranges::sort(models, {}, &NamedModel::name);
    return models;
}

std::string path_of_model(const std::string& name) {
    const std::string folder = model_folder();
    if (folder.empty()) {
        throw Error(ErrorCode::usage, "",
                    "expected HOME, XDG_DATA_HOME or QUIRE_MODELS to be set, found none");
    }
    const fs::path relative = fs::path(name).lexically_normal();
    if (name.empty() || relative.is_absolute() || *relative.begin() == ".." || relative == "." ||
        !relative.has_filename()) {
        throw Error(ErrorCode::usage, "",
                    "expected the name of a model, found " + base::quoted(name));
    }
    return (fs::path(folder) / relative).string() + kSuffix;
}

}  // namespace quire::common
