// The layout of --help: at most 80 columns, options in groups, defaults after the descriptions.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace quire::common {

// The name for the value of an option; CLI11 appends what its checks say.
std::string type_of(const CLI::Option& option);

// Whether a command of its own may follow, such as `add` of `quire models`.
bool has_commands(const CLI::App& app);

class HelpFormat : public CLI::Formatter {
  public:
    std::string make_option(const CLI::Option* option, bool is_positional) const override;
    std::string make_subcommand(const CLI::App* command) const override;
    std::string make_description(const CLI::App* app) const override;
    std::string make_usage(const CLI::App* app, std::string name) const override;
    std::string make_help(const CLI::App* app, std::string name,
                          CLI::AppFormatMode mode) const override;
    std::string make_footer(const CLI::App* app) const override;
    std::string make_expanded(const CLI::App* group) const override;
};

}  // namespace quire::common
