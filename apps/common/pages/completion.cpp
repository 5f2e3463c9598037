#include "apps/common/pages/completion.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/models/model_folder.h"
#include "apps/common/options/arguments.h"
#include "apps/common/options/help_format.h"
#include "lib/base/error.h"

namespace quire::common {

namespace {

constexpr const char* kFiles = ":files\n";

// The first sentence, short enough for a menu.
std::string short_text(std::string text) {
    text.resize(std::min(text.find_first_of(";\n\t"), text.size()));
    constexpr std::size_t kMost = 60;
    if (text.size() > kMost) text.resize(text.rfind(' ', kMost));
    return text;
}

std::string line(const std::string& word, const std::string& about, const std::string& begun) {
    if (!word.starts_with(begun)) return "";
    return word + (about.empty() ? "" : "\t" + short_text(about)) + "\n";
}

std::string model_names(const std::string& begun) {
    std::string out;
    for (const NamedModel& model : named_models()) out += line(model.name, "", begun);
    return out;
}

std::string values_of(const CLI::Option& option, const std::string& begun) {
    const std::string type = type_of(option);
    if (type == "MODEL" && option.get_positional()) return "";  // of quire pull
    if (type == "MODEL") return model_names(begun) + kFiles;
    if (type.find('|') != std::string::npos) {
        std::string out;
        std::string rest = type;
        while (!rest.empty()) {
            const std::size_t end = std::min(rest.find('|'), rest.size());
            out += line(rest.substr(0, end), "", begun);
            rest.erase(0, end + 1);
        }
        return out;
    }
    constexpr std::string_view kPaths[] = {"FILE",  "FOLDER", "SRC", "OUT.quire",
                                           "FILES", "PATH",   "OUT"};
    return std::ranges::find(kPaths, type) == std::end(kPaths) ? "" : kFiles;
}

const CLI::Option* option_named(const CLI::App& app, const std::string& word) {
    if (word.size() < 2 || word[0] != '-') return nullptr;
    for (const CLI::Option* option : options_of(app)) {
        const bool found = word[1] == '-' ? option->check_lname(word.substr(2))
                                          : option->check_sname(word.substr(1));
        if (found) return option;
    }
    return nullptr;
}

std::string option_names(const CLI::App& app, const std::string& begun) {
    std::string out;
    for (const CLI::Option* option : options_of(app)) {
        for (const std::string& name : option->get_lnames()) {
            out += line("--" + name, option->get_description(), begun);
        }
        for (const std::string& name : option->get_snames()) {
            if (begun.size() < 2) out += line("-" + name, option->get_description(), begun);
        }
    }
    return out;
}

// Arguments of these commands are models that may have a name.
bool takes_names(const CLI::App& app, const CLI::Option& argument) {
    const std::string& name = app.get_name();
    return (name == "inspect" && type_of(argument) == "FILE") || type_of(argument) == "NAME";
}

std::string arguments_of(const CLI::App& app, const std::string& begun) {
    std::string out;
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        if (takes_names(app, *option)) out += model_names(begun);
        out += values_of(*option, begun);
    }
    return out;
}

}  // namespace

std::string completions(const CLI::App& app, const std::vector<std::string>& words) {
    if (words.empty()) return "";
    const CLI::App* at = &app;
    const CLI::Option* valued = nullptr;
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        if (valued != nullptr) {
            valued = nullptr;
            continue;
        }
        const CLI::Option* option = option_named(*at, words[i]);
        if (option != nullptr && option->get_items_expected_max() > 0) valued = option;
        for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
            if (!command->get_name().empty() && command->get_name() == words[i]) at = command;
        }
    }
    const std::string& begun = words.back();
    if (valued != nullptr) return values_of(*valued, begun);
    if (begun.starts_with('-')) return option_names(*at, begun);
    std::string out;
    for (const CLI::App* command : at->get_subcommands([](const CLI::App*) { return true; })) {
        if (!command->get_name().empty()) {
            out += line(command->get_name(), command->get_description(), begun);
        }
    }
    return out + arguments_of(*at, begun);
}

}  // namespace quire::common
