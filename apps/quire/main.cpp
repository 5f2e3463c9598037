// quire: the front door. `quire gen ...` is the command gen, and so on; models and help are its own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/common/command.h"
#include "apps/common/options/nearest.h"
#include "apps/common/output.h"
#include "apps/common/programs.h"
#include "apps/quire/commands.h"
#include "apps/quire/models.h"
#include "apps/quire/topics.h"
#include "lib/base/error.h"

namespace {

using namespace quire;

[[noreturn]] void refuse(const std::string& word) {
    const std::string near = common::nearest(word, front::command_names());
    throw Error(ErrorCode::usage, "",
                "unknown command " + word +
                    (near.empty() ? "; quire help lists them" : "; did you mean " + near + "?"));
}

int help(const std::vector<std::string>& words) {
    if (words.empty()) {
        common::write_stdout(front::overview());
        return 0;
    }
    if (const std::string text = front::topic(words.front()); !text.empty()) {
        common::write_stdout(text);
        return 0;
    }
    const front::Command* command = front::find_command(words.front());
    if (command == nullptr) refuse(words.front());
    if (command->program == nullptr) return front::run_models({"--help"});
    common::become(command->program, {command->program, "--help"});
}

int command_line(int argc, char** argv) {
    std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
    if (words.empty()) {
        std::fputs(front::overview().c_str(), stderr);
        return static_cast<int>(ErrorCode::usage);
    }
    const std::string word = words.front();
    words.erase(words.begin());
    if (word == "help" || word == "--help" || word == "-h") return help(words);
    if (word == "--version") {
        CLI::App app("", "quire");
        common::prepare(app);
        common::write_stdout(app.version() + "\n");
        return 0;
    }
    const front::Command* command = front::find_command(word);
    if (command == nullptr) refuse(word);
    if (command->program == nullptr) return front::run_models(words);
    words.insert(words.begin(), command->program);
    common::become(command->program, std::move(words));
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("quire", command_line, argc, argv);
}
