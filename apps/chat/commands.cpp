#include "apps/chat/commands.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "apps/chat/session.h"
#include "apps/common/options/arguments.h"
#include "apps/common/options/nearest.h"
#include "apps/common/output.h"
#include "apps/common/terminal/terminal.h"
#include "lib/base/error.h"

namespace quire::chat_app {

namespace {

struct Command {
    std::string_view word;
    std::string_view argument;  // for /help; empty: takes none
    std::string_view about;
    void (*run)(Session& session, const std::string& argument);
};

void help(Session& session, const std::string& argument);

void system(Session& session, const std::string& argument) {
    Conversation& conversation = session.conversation();
    if (argument.empty()) {
        const std::string text = conversation.system();
        session.say(text.empty() ? "no system message; /system TEXT sets one" : text);
        return;
    }
    conversation.set_system(argument == "-" ? "" : argument);
}

void undo(Session& session, const std::string&) {
    const std::optional<std::string> text = session.conversation().undo();
    session.new_message();
    session.say(text ? "took back: " + common::shown_on_terminal(*text) : "nothing to take back");
}

void retry(Session& session, const std::string&) {
    session.retry();
}

void drop(Session& session, const std::string&) {
    session.say(session.conversation().drop_oldest() ? "dropped the oldest turn; " + session.usage()
                                                     : "there is only one turn");
}

void clear(Session& session, const std::string&) {
    session.conversation().clear();
    session.new_message();
    session.say("a new conversation");
}

void show(Session& session, const std::string&) {
    for (const auto& message : session.conversation().messages()) {
        const auto content = message.find("content");
        const std::string text = content == message.end() ? ""
                                 : content->is_string()   ? content->get<std::string>()
                                                          : content->dump();
        common::write_stdout(message.value("role", "?") + ": " + common::shown_on_terminal(text) +
                             "\n");
    }
}

void save(Session& session, const std::string& argument, bool overwrite) {
    if (argument.empty()) throw Error(ErrorCode::usage, "/save", "expected a file, found none");
    session.save(argument, overwrite);
    session.say("saved " + std::to_string(session.conversation().n_messages()) + " messages to " +
                argument);
}

void save_new(Session& session, const std::string& argument) {
    save(session, argument, false);
}

void save_over(Session& session, const std::string& argument) {
    save(session, argument, true);
}

void load(Session& session, const std::string& argument) {
    if (argument.empty()) throw Error(ErrorCode::usage, "/load", "expected a file, found none");
    session.load(argument);
    session.say(std::to_string(session.conversation().n_messages()) + " messages, " +
                session.usage());
}

void tokens(Session& session, const std::string&) {
    session.say(session.usage());
}

void end(Session& session, const std::string&) {
    session.end();
}

// The options of add_drawing() without their dashes, as they are now.
std::string settings_of(const Drawing& drawing) {
    Drawing copy = drawing;
    CLI::App app;
    add_drawing(app, copy);
    std::string text;
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_lnames().empty() || option->get_default_str().empty()) continue;
        if (option->check_lname("predict")) continue;
        text +=
            fmt::format("  {:<20} {}\n", option->get_lnames().front(), option->get_default_str());
    }
    text += fmt::format("  {:<20} {}\n", "seed",
                        drawing.seed ? std::to_string(*drawing.seed) : "-1 (a new one each time)");
    text += fmt::format("  {:<20} {}", "predict",
                        drawing.n_predict ? std::to_string(*drawing.n_predict) : "-1 (no limit)");
    return text;
}

// "temp 0.3" is the option --temp 0.3.
void set(Session& session, const std::string& argument) {
    if (argument.empty()) {
        session.say(settings_of(session.drawing()));
        return;
    }
    const std::size_t space = argument.find(' ');
    std::vector<std::string> words{"/set", "--" + argument.substr(0, space)};
    if (space != std::string::npos) {
        words.push_back(argument.substr(argument.find_first_not_of(' ', space)));
    }
    Drawing changed = session.drawing();
    CLI::App app;
    add_drawing(app, changed);
    app.set_help_flag();
    std::vector<const char*> pointers;
    pointers.reserve(words.size());
    for (const std::string& word : words) pointers.push_back(word.c_str());
    const int n = static_cast<int>(pointers.size());
    common::check_arguments(app, n, pointers.data());
    try {
        app.parse(n, pointers.data());
    } catch (const CLI::ParseError& error) {
        throw Error(ErrorCode::usage, "/set", error.what());
    }
    common::check_sampling(app, changed.sampling);
    common::resolve_biases(changed.sampling, session.tokenizer());
    session.drawing() = changed;
}

constexpr std::array kCommands{
    Command{"/help", "", "this list", help},
    Command{"/system", "TEXT", "show the system message, or set it; -: remove it", system},
    Command{"/undo", "", "take back the last message and its answer", undo},
    Command{"/retry", "", "answer the last message again, with another draw", retry},
    Command{"/drop", "", "drop the oldest turn", drop},
    Command{"/new", "", "begin a new conversation with the same system message", clear},
    Command{"/show", "", "print the conversation", show},
    Command{"/save", "FILE", "write the conversation as OpenAI messages", save_new},
    Command{"/save!", "FILE", "the same, and replace a file that exists", save_over},
    Command{"/load", "FILE", "go on with a conversation from a file", load},
    Command{"/tokens", "", "how much of the context is used", tokens},
    Command{"/set", "NAME X", "show or change temp, top-p, seed, predict and others", set},
    Command{"/quit", "", "end the chat", end},
};

// Names from other programs.
constexpr std::pair<std::string_view, std::string_view> kOtherNames[] = {
    {"/?", "/help"},    {"/bye", "/quit"},    {"/exit", "/quit"},
    {"/clear", "/new"}, {"/regen", "/retry"}, {"/regenerate", "/retry"}};

void help(Session& session, const std::string&) {
    std::string text;
    for (const Command& command : kCommands) {
        text += fmt::format("  {:<16} {}\n", fmt::format("{} {}", command.word, command.argument),
                            command.about);
    }
    text +=
        "A line that ends in \\ goes on in the next one; \"\"\" begins and ends a text of\n"
        "several lines. Up and down bring earlier messages back. Ctrl-C stops an answer,\n"
        "Ctrl-D ends the chat. A message that begins with a slash needs a space before\n"
        "it.";
    session.say(text);
}

const Command* find(std::string_view word) {
    for (const auto& [other, name] : kOtherNames) {
        if (word == other) word = name;
    }
    const auto found = std::ranges::find(kCommands, word, &Command::word);
    return found == kCommands.end() ? nullptr : &*found;
}

}  // namespace

std::vector<std::string> command_words() {
    std::vector<std::string> words;
    words.reserve(kCommands.size());
    for (const Command& command : kCommands) words.emplace_back(command.word);
    return words;
}

bool run_command(Session& session, const std::string& text) {
    const std::size_t end = text.find(' ');
    const std::string word = text.substr(0, end);
    // "/etc/hosts is ..." is a message.
    if (!word.starts_with('/') || word.find_first_of("/\n", 1) != std::string::npos) return false;
    const std::size_t begin = text.find_first_not_of(' ', std::min(end, text.size()));
    std::string argument = begin == std::string::npos ? "" : text.substr(begin);
    while (argument.ends_with(' ')) argument.pop_back();
    const Command* command = find(word);
    if (command == nullptr) {
        const std::string near = common::nearest(word, command_words());
        throw Error(ErrorCode::usage, "",
                    "unknown command " + word +
                        (near.empty() ? "; /help lists them" : "; did you mean " + near + "?"));
    }
    if (command->argument.empty() && !argument.empty()) {
        throw Error(ErrorCode::usage, word, "expected nothing behind it, found " + argument);
    }
    command->run(session, argument);
    return true;
}

}  // namespace quire::chat_app
