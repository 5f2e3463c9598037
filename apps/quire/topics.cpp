#include "apps/quire/topics.h"

#include "apps/common/models/model_folder.h"

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
    "  XDG_STATE_HOME   quire chat keeps its history in quire there; default:\n"
    "                   ~/.local/state\n"
    "  NO_COLOR         no colours, if it is set to anything\n"
    "  OMP_NUM_THREADS  has no effect; -t sets the number of threads\n";

constexpr std::string_view kExitCodes =
    "Exit codes of all commands\n\n"
    "  0    done\n"
    "  1    the run failed\n"
    "  2    usage: an option or argument is wrong\n"
    "  3    a model or checkpoint is bad\n"
    "  4    an input is bad, such as a prompt longer than the context\n"
    "  5    over a limit that was asked for\n"
    "  6    some requests of a batch failed\n"
    "  130  interrupted by Ctrl-C\n";

}  // namespace

std::string topic(std::string_view word) {
    if (word == "models") return models_page();
    if (word == "environment") return std::string(kEnvironment);
    if (word == "exit-codes") return std::string(kExitCodes);
    return "";
}

}  // namespace quire::front
