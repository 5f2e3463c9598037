#include "apps/gen/without_prompt.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "apps/common/programs.h"
#include "apps/common/terminal/terminal.h"
#include "lib/base/error.h"

namespace quire::gen {

namespace {

// Options of the chat beside those of the groups Sampling and Constraints.
constexpr std::array kOfChat{"--model",      "--system",  "--predict", "--seed",   "--ctx-size",
                             "--batch-size", "--threads", "--lookup",  "--draft",  "--load",
                             "--isa",        "--kv-type", "--verify",  "--verbose"};

bool is_of_chat(const CLI::Option& option) {
    if (option.get_group() == "Constraints") return true;
    if (option.get_group() == "Sampling") return !option.check_lname("samples");
    return std::ranges::any_of(kOfChat, [&](const char* name) { return option.check_name(name); });
}

// The words of the command line that gave the options, in the form NAME VALUE.
std::vector<std::string> words_of(const CLI::App& app) {
    std::vector<std::string> words{"chat"};
    for (const CLI::Option* option : app.get_options()) {
        for (const std::string& value : option->results()) {
            words.push_back(option->get_name(false, false));
            if (option->get_items_expected_max() > 0) words.push_back(value);
        }
    }
    return words;
}

}  // namespace

int without_prompt(const CLI::App& app) {
    const auto options =
        app.get_options([](const CLI::Option* option) { return option->count() > 0; });
    const bool chats =
        common::is_terminal(STDOUT_FILENO) && common::is_terminal(STDERR_FILENO) &&
        std::ranges::all_of(options, [](const CLI::Option* option) { return is_of_chat(*option); });
    if (chats) common::become("chat", words_of(app));
    std::fputs(app.help().c_str(), stderr);
    return static_cast<int>(ErrorCode::usage);
}

}  // namespace quire::gen
