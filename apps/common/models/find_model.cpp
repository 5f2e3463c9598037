#include "apps/common/models/find_model.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "apps/common/found_file.h"
#include "apps/common/models/model_folder.h"
#include "apps/common/models/packed_model.h"
#include "apps/common/options/nearest.h"
#include "lib/base/error.h"
#include "lib/base/join.h"
#include "lib/base/quoted.h"

namespace quire::common {

namespace {

namespace fs = std::filesystem;

std::string names_of(const std::vector<NamedModel>& models) {
    return base::join(models, ", ", &NamedModel::name);
}

std::string only_model() {
    const std::vector<NamedModel> models = named_models();
    if (models.size() == 1) return models.front().path;
    throw Error(ErrorCode::usage, "-m",
                models.empty() ? "expected a model, found none in " + model_folder() +
                                     "; quire pull org/model fetches one, and -m FILE names one"
                               : "expected one of " + names_of(models) + ", found none");
}

// The newest snapshot of a folder that the Hugging Face libraries keep for a model; empty if it is
// none.
std::string snapshot_in(const fs::path& folder) {
    std::ifstream file(folder / "refs/main");
    std::string commit;
    if (!std::getline(file, commit)) return "";
    const fs::path snapshot = folder / "snapshots" / commit;
    std::error_code ignored;
    return fs::is_directory(snapshot, ignored) ? snapshot.string() : "";
}

// source: huggingface_hub: HF_HUB_CACHE, or hub in HF_HOME, or ~/.cache/huggingface/hub; a model is in
// models--USER--NAME.
std::string in_hub_cache(const std::string& name) {
    const auto variable = [](const char* key) {
        const char* value = std::getenv(key);
        return std::string(value == nullptr ? "" : value);
    };
    std::string cache = variable("HF_HUB_CACHE");
    if (cache.empty() && !variable("HF_HOME").empty()) cache = variable("HF_HOME") + "/hub";
    if (cache.empty() && !variable("HOME").empty()) {
        cache = variable("HOME") + "/.cache/huggingface/hub";
    }
    if (cache.empty()) return "";
    const std::size_t slash = name.find('/');
    return snapshot_in(cache + "/models--" + name.substr(0, slash) + "--" + name.substr(slash + 1));
}

std::string packed_if_needed(const std::string& path) {
    const Found found = look_at(path);
    if (found == Found::gguf || found == Found::checkpoint) return packed_model(path);
    if (found == Found::folder) {
        if (const std::string snapshot = snapshot_in(path); !snapshot.empty()) {
            return packed_if_needed(snapshot);
        }
    }
    return path;
}

std::optional<std::string> path_among(const std::vector<NamedModel>& models,
                                      const std::string& name) {
    const auto found = std::ranges::find(models, name, &NamedModel::name);
    if (found == models.end()) return std::nullopt;
    return found->path;
}

// What path_of_named() does about a name that no model has.
std::string without_model(const std::vector<NamedModel>& models, const std::string& name) {
    std::vector<std::string> names;
    names.reserve(models.size());
    for (const NamedModel& model : models) names.push_back(model.name);
    const bool of_hub = look_at(name) == Found::hub;
    const bool is_path = name.starts_with('/') || name.starts_with('.') ||
                         name.ends_with(".quire") || name.ends_with(".gguf") ||
                         look_at(name) == Found::url;
    // The error of a missing file says it best.
    if (is_path || (names.empty() && of_hub)) return name;
    if (names.empty()) {
        throw Error(ErrorCode::model, name,
                    "expected a file or the name of a model, found neither; no model has a name "
                    "yet, and quire pull fetches one");
    }
    const std::string near = nearest(name, names);
    std::string advice = of_hub ? "; quire pull fetches it" : "";
    if (!near.empty()) advice = "; did you mean " + near + "?";
    throw Error(
        ErrorCode::model, name,
        "expected a file or one of the models " + names_of(models) + ", found neither" + advice);
}

}  // namespace

std::optional<std::string> path_if_named(const std::string& name) {
    return path_among(named_models(), name);
}

std::string path_of_named(const std::string& name) {
    const std::vector<NamedModel> models = named_models();
    const std::optional<std::string> path = path_among(models, name);
    return path ? *path : without_model(models, name);
}

std::string find_model(const std::string& given) {
    std::string name = given;
    if (name.empty()) {
        const char* chosen = std::getenv("QUIRE_MODEL");
        if (chosen == nullptr || *chosen == '\0') return only_model();
        name = chosen;
    }
    std::error_code ignored;
    if (fs::exists(name, ignored)) return packed_if_needed(name);
    const std::vector<NamedModel> models = named_models();
    if (const auto path = path_among(models, name)) return *path;
    if (look_at(name) == Found::hub) {
        if (const std::string snapshot = in_hub_cache(name); !snapshot.empty()) {
            return packed_if_needed(snapshot);
        }
    }
    return without_model(models, name);
}

}  // namespace quire::common
