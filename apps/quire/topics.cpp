#include "apps/quire/topics.h"

#include <spdlog/fmt/fmt.h>

#include "apps/common/models/model_folder.h"
#include "apps/common/options/config_file.h"
#include "apps/common/options/exit_codes.h"

namespace quire::front {

namespace {

std::string or_none(const std::string& folder) {
    return folder.empty() ? "(none: HOME is not set)" : folder;
}

std::string models_page() {
    return "What -m takes\n\n"
           "  a path of a .quire file\n"
           "  a name              of a model in the folder of models\n"
           "  a GGUF file, the folder of a checkpoint, or user/model in a Hugging Face\n"
           "  cache               packed once and kept; one line says so\n"
           "  nothing             the model of QUIRE_MODEL, or the only one in the folder\n\n"
           "The folder of models is " +
           or_none(common::model_folder()) + "\nPacked files are kept in " +
           or_none(common::packed_folder()) +
           "\nquire models lists both; quire models --help says how to change them. quire pull\n"
           "fetches a model and puts it there.\n";
}

constexpr std::string_view kEnvironment =
    "Environment variables\n\n"
    "  QUIRE_MODEL      the model of commands without -m: a name or a path\n"
    "  QUIRE_MODELS     the folder of models; default: quire/models in XDG_DATA_HOME,\n"
    "                   which is ~/.local/share where it is not set\n"
    "  XDG_CACHE_HOME   files packed on the way are in quire/packed there; default:\n"
    "                   ~/.cache\n"
    "  HF_HUB_CACHE, HF_HOME\n"
    "                   where Hugging Face's libraries keep checkpoints\n"
    "  HF_TOKEN         who you are, for quire pull of models that need permission\n"
    "  HF_ENDPOINT      another server with Hugging Face's API, for quire pull\n"
    "  QUIRE_CONFIG     a file with values of options; default: quire/config.toml in\n"
    "                   XDG_CONFIG_HOME, which is ~/.config where it is not set\n"
    "  XDG_STATE_HOME   quire chat keeps its history in quire there; default:\n"
    "                   ~/.local/state\n"
    "  NO_COLOR         no colors, if it is set to anything\n"
    "  OMP_NUM_THREADS  has no effect; -t sets the number of threads\n";

constexpr std::string_view kCompletions =
    "Completion by the tab key\n\n"
    "The packages install it. Otherwise, for bash in ~/.bashrc:\n"
    "  source <(quire completions bash)\n"
    "for zsh, in a folder of fpath, and for fish:\n"
    "  quire completions zsh > ~/.zfunc/_quire\n"
    "  quire completions fish > ~/.config/fish/conf.d/quire.fish\n"
    "It knows commands, options, their values, and the names of models.\n";

std::string config_page() {
    return "Configuration\n\n"
           "Options that the command line does not give are read from\n  " +
           or_none(common::config_path()) +
           "\nor from the file that QUIRE_CONFIG names:\n\n"
           "  model = \"smollm2\"     # for every command that has the option\n"
           "  threads = 4\n"
           "  [gen]                 # for quire gen alone\n"
           "  temp = 0.3\n"
           "  [chat]\n"
           "  system = \"Be brief.\"\n\n"
           "Above the sections may stand model, threads, isa, kv-type, load, ctx-size, temp,\n"
           "top-k, top-p, min-p, seed and repeat-penalty. A key that a command does not have\n"
           "is an error.\n";
}

std::string exit_codes_page() {
    std::string text = "Exit codes of all commands\n\n";
    for (const common::ExitCode& code : common::exit_codes()) {
        text += fmt::format("  {:<4} {}\n", code.code, code.about);
    }
    return text;
}

}  // namespace

std::string topic(std::string_view word) {
    if (word == "models") return models_page();
    if (word == "environment") return std::string(kEnvironment);
    if (word == "config") return config_page();
    if (word == "completions") return std::string(kCompletions);
    if (word == "exit-codes") return exit_codes_page();
    return "";
}

std::vector<std::string> topic_names() {
    return {"models", "environment", "config", "completions", "exit-codes", "docs"};
}

}  // namespace quire::front
