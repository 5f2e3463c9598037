// quire: the front door. `quire gen ...` is the command gen, and so on; models and help are its own.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "apps/common/command.h"
#include "apps/common/options/nearest.h"
#include "apps/common/output.h"
#include "apps/common/pages/completion.h"
#include "apps/common/pages/man_page.h"
#include "apps/common/programs.h"
#include "apps/quire/commands.h"
#include "apps/quire/documents.h"
#include "apps/quire/models.h"
#include "apps/quire/topics.h"
#include "lib/base/error.h"

namespace {

using namespace quire;

// names: what it may have been meant for.
[[noreturn]] void refuse(const char* what, const std::string& word,
                         const std::vector<std::string>& names) {
    if (const std::string_view here = front::command_elsewhere(word); !here.empty()) {
        throw Error(ErrorCode::usage, "",
                    std::string("unknown ") + what + " " + word + "; " + std::string(here));
    }
    const std::string near = common::nearest(word, names);
    throw Error(ErrorCode::usage, "",
                std::string("unknown ") + what + " " + word +
                    (near.empty() ? "; quire help lists them" : "; did you mean " + near + "?"));
}

// What stands behind quire help, but for commands.
std::vector<std::string> help_words() {
    std::vector<std::string> words = front::topic_names();
    std::ranges::copy(front::document_names(), std::back_inserter(words));
    return words;
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
    if (command == nullptr) {
        const bool list = words.front() == "docs";
        const std::string text = list ? front::list_of_documents() : front::document(words.front());
        if (!text.empty()) {
            common::write_stdout(text);
            return 0;
        }
        std::vector<std::string> names = front::command_names();
        std::ranges::copy(help_words(), std::back_inserter(names));
        refuse("command or topic", words.front(), names);
    }
    if (command->program == nullptr) return front::run_models({"--help"});
    common::become(command->program, {command->program, "--help"});
}

// quire(1): the commands as subcommands.
int print_man() {
    CLI::App app(
        "Run language models from one file, with the same result on every machine. Each "
        "command is a program with a page of its own.",
        "quire");
    common::prepare(app);
    app.require_subcommand(1);
    front::add_commands(app);
    common::write_stdout(common::man_page(app));
    return 0;
}

int print_completion_script(const std::vector<std::string>& words) {
    if (words.size() != 1) {
        throw Error(ErrorCode::usage, "", "expected quire completions bash, zsh or fish");
    }
    common::write_stdout(common::completion_script(words.front()));
    return 0;
}

// words: the program that is completed, and what stands behind it; the last word is unfinished.
int complete(std::vector<std::string> words) {
    if (words.size() < 2) return 0;
    std::string program = words.front();
    words.erase(words.begin());
    if (program == "quire") {
        if (words.size() == 1 || (words.size() == 2 && words.front() == "help")) {
            std::string found = front::command_completions(words.back());
            if (words.size() == 2) {
                for (const std::string& word : help_words()) {
                    if (word.starts_with(words.back())) found += word + "\n";
                }
            }
            common::write_stdout(found);
            return 0;
        }
        const front::Command* command = front::find_command(words.front());
        if (command == nullptr) return 0;
        words.erase(words.begin());
        if (command->program == nullptr) {
            ::setenv(common::kCompleteVariable, "1", 1);
            return front::run_models(words);
        }
        program = command->program;
    }
    ::setenv(common::kCompleteVariable, "1", 1);
    words.insert(words.begin(), program);
    common::become(program, std::move(words));
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
    if (word == "--man") return print_man();
    if (word == "completions") return print_completion_script(words);
    if (word == "__complete") return complete(std::move(words));
    const front::Command* command = front::find_command(word);
    if (command == nullptr) refuse("command", word, front::command_names());
    if (command->program == nullptr) return front::run_models(words);
    words.insert(words.begin(), command->program);
    common::become(command->program, std::move(words));
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("quire", command_line, argc, argv);
}
