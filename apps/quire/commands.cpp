#include "apps/quire/commands.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "apps/common/options/elsewhere.h"

namespace quire::front {

namespace {

constexpr std::array kCommands = std::to_array<Command>({
    {"gen", "gen", "write text, vectors or labels with a model"},
    {"chat", "chat", "talk to a model"},
    {"tok", "tok", "count tokens, show them, cut texts by them"},
    {"batch", "gen-batch", "work through a file of requests, each exactly once"},
    {"pull", "pull", "fetch a model from Hugging Face or another address"},
    {"models", nullptr, "list, add, check, rename and remove models that have names"},
    {"pack", "pack", "make a .quire file of a published checkpoint"},
    {"inspect", "inspect", "look into a .quire file, and check it"},
    {"bench", "bench", "measure speed beside the limits of this machine"},
    {"eval", "eval", "measure quality: perplexity, comparisons, choices"},
});

struct Elsewhere {
    std::string_view names;  // separated by spaces
    std::string_view here;
};

constexpr std::array kElsewhere{
    Elsewhere{"run cli main start",
              "quire chat -m MODEL talks to a model, and quire gen -m MODEL PROMPT answers once"},
    Elsewhere{"generate complete completion prompt ask", "quire gen -m MODEL PROMPT answers once"},
    Elsewhere{"list ls search", "quire models lists the models"},
    Elsewhere{"rm remove delete", "quire models remove NAME removes a model"},
    Elsewhere{"cp copy mv add", "quire models add FILE and rename NAME NEW give names"},
    Elsewhere{"show info describe", "quire inspect NAME shows what a model holds"},
    Elsewhere{"create convert import quantize", "quire pack makes a .quire file of a checkpoint"},
    Elsewhere{"download get fetch install", "quire pull fetches a model"},
    Elsewhere{"tokenize tokens count ttok encode decode", "quire tok counts tokens and shows them"},
    Elsewhere{"embed embedding embeddings embed-multi", "quire gen --embed writes vectors"},
    Elsewhere{"perplexity ppl", "quire eval perplexity measures it"},
    Elsewhere{"benchmark llama-bench", "quire bench measures speed"},
    Elsewhere{"verify check",
              "quire models verify NAME and quire inspect --verify FILE check bytes"},
    Elsewhere{"ps stop serve server push launch",
              "nothing of Quire runs in the background or answers over a network"},
    Elsewhere{"logs keys templates plugins aliases", "nothing is kept between runs"},
};

}  // namespace

std::string_view command_elsewhere(std::string_view word) noexcept {
    const auto found = std::ranges::find_if(
        kElsewhere, [&](const Elsewhere& one) { return common::has_name(one.names, word); });
    return found == kElsewhere.end() ? std::string_view() : found->here;
}

const Command* find_command(std::string_view name) noexcept {
    for (const Command& command : kCommands) {
        if (command.name == name) return &command;
        if (command.program != nullptr && command.program == name) return &command;
    }
    return nullptr;
}

std::vector<std::string> command_names() {
    std::vector<std::string> names{"help"};
    for (const Command& command : kCommands) names.emplace_back(command.name);
    return names;
}

void add_commands(CLI::App& app) {
    for (const Command& command : kCommands)
        app.add_subcommand(std::string(command.name), std::string(command.about));
    app.add_subcommand(
        "help",
        "show a command's options, explain models, environment, config, completions or "
        "exit-codes, or print a document, such as tutorial; docs lists them");
    app.add_subcommand("completions", "print the completion script for bash, zsh or fish");
}

std::string command_completions(const std::string& begun) {
    std::string out;
    for (const Command& command : kCommands) {
        if (std::string_view(command.name).starts_with(begun)) {
            out += fmt::format("{}\t{}\n", command.name, command.about);
        }
    }
    for (const char* word : {"help", "completions"}) {
        if (std::string_view(word).starts_with(begun)) out += std::string(word) + "\n";
    }
    return out;
}

std::string overview() {
    std::string text =
        "Run language models from one file, with the same result on every machine.\n"
        "Usage: quire COMMAND [OPTIONS]\n\nCommands:\n";
    for (const Command& command : kCommands) {
        text += fmt::format("  {:<9} {}\n", command.name, command.about);
    }
    text +=
        "\nExamples:\n"
        "  quire pull HuggingFaceTB/SmolLM2-135M-Instruct --name smollm2\n"
        "  quire chat -m smollm2\n"
        "  quire gen -m smollm2 \"The capital of France is\"\n"
        "  quire tok -m smollm2 *.txt\n"
        "\nquire help COMMAND shows a command's options; quire help models, environment,\n"
        "config, completions and exit-codes explain what all commands share. quire help\n"
        "tutorial, cookbook, faq, troubleshooting and moving print documents; quire help\n"
        "docs lists all of them.\n";
    return text;
}

}  // namespace quire::front
