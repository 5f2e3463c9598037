#include "apps/common/options/config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <istream>
#include <string_view>
#include <vector>

#include "apps/common/models/model_folder.h"
#include "apps/common/options/nearest.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"

namespace quire::common {

namespace {

// What may stand above all sections: options with one meaning in all commands.
constexpr std::array kForAll{"model", "threads", "isa",   "kv-type", "load", "ctx-size",
                             "temp",  "top-k",   "top-p", "min-p",   "seed", "repeat-penalty"};
constexpr std::array kSections{"gen",  "chat",    "tok",  "batch", "bench",
                               "eval", "inspect", "pack", "pull"};

// "chat" for the App "quire chat", "batch" for "gen-batch".
std::string section_of(const CLI::App& app) {
    std::string name = app.get_name();
    if (const std::size_t space = name.rfind(' '); space != std::string::npos) {
        name.erase(0, space + 1);
    }
    return name == "gen-batch" ? "batch" : name;
}

bool is_among(const auto& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

// CLI11's reader, without the keys that are for other commands.
class SharedConfig final : public CLI::ConfigTOML {
  public:
    SharedConfig(const CLI::App& app, std::string path) : app_(app), path_(std::move(path)) {}

    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        std::vector<CLI::ConfigItem> own;
        for (CLI::ConfigItem& item : CLI::ConfigTOML::from_config(input)) {
            // CLI11 marks where sections begin and end.
            if (item.name == "++" || item.name == "--") continue;
            if (!is_for_this(item)) continue;
            item.parents.clear();
            own.push_back(std::move(item));
        }
        return own;
    }

  private:
    bool is_for_this(const CLI::ConfigItem& item) const {
        const CLI::Option* option = app_.get_option_no_throw("--" + item.name);
        if (item.parents.empty()) {
            if (!is_among(kForAll, item.name)) {
                refuse(item.name +
                       " stands above all sections, where only options of all commands may "
                       "stand; put it below [" +
                       section_of(app_) + "]");
            }
            return option != nullptr;
        }
        const std::string& section = item.parents.front();
        if (!is_among(kSections, section) || item.parents.size() > 1) {
            const std::string near = nearest(section, {kSections.begin(), kSections.end()});
            refuse("there is no command " + base::quoted(section) +
                   (near.empty() ? "" : "; did you mean [" + near + "]?"));
        }
        if (section != section_of(app_)) return false;
        if (option == nullptr) refuse("[" + section + "] has no option " + base::quoted(item.name));
        return true;
    }

    [[noreturn]] void refuse(const std::string& message) const {
        throw Error(ErrorCode::usage, path_, message);
    }

    const CLI::App& app_;
    std::string path_;
};

}  // namespace

std::string config_path() {
    const char* named = std::getenv("QUIRE_CONFIG");
    if (named != nullptr && *named != '\0') return named;
    const std::string base = base_folder("XDG_CONFIG_HOME", ".config");
    return base.empty() ? "" : base + "/quire/config.toml";
}

void use_config(CLI::App& app) {
    const std::string path = config_path();
    std::error_code ignored;
    const char* named = std::getenv("QUIRE_CONFIG");
    const bool must_exist = named != nullptr && *named != '\0';
    const bool is_there = !path.empty() && std::filesystem::is_regular_file(path, ignored);
    if (must_exist && !is_there) {
        throw Error(ErrorCode::usage, "QUIRE_CONFIG", "expected a file, found none: " + path);
    }
    if (!is_there) return;
    app.config_formatter(std::make_shared<SharedConfig>(app, path));
    app.set_config("--config", path)->group("");
}

}  // namespace quire::common
