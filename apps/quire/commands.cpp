#include "apps/quire/commands.h"

#include <spdlog/fmt/fmt.h>

#include <array>

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

}  // namespace

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
        "\nquire help COMMAND shows a command's options; quire help models, environment and\n"
        "exit-codes explain what all commands share. quire --version prints the version.\n";
    return text;
}

}  // namespace quire::front
