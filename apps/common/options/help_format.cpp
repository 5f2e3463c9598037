#include "apps/common/options/help_format.h"

#include <sstream>

#include "apps/common/options/exit_codes.h"
#include "apps/common/options/groups.h"
#include "apps/common/pages/page.h"

namespace quire::common {

namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kIndent = 28;  // where descriptions begin
constexpr std::size_t kExampleIndent = 6;

// `text` wrapped into lines that begin at `indent`; the first line continues at `at`.
std::string wrapped(const std::string& text, std::size_t indent, std::size_t at) {
    std::istringstream words(text);
    std::string out;
    bool first = true;
    for (std::string word; words >> word; first = false) {
        if (!first && at + 1 + word.size() > kColumns) {
            out += "\n" + std::string(indent, ' ');
            at = indent;
        } else if (!first) {
            out += " ";
            ++at;
        }
        out += word;
        at += word.size();
    }
    return out + "\n";
}

std::string entry(const std::string& name, const std::string& about) {
    std::string out = "  " + name;
    if (out.size() + 2 > kIndent) out += "\n";
    const std::size_t used = out.ends_with('\n') ? 0 : out.size();
    out += std::string(kIndent - used, ' ');
    return out + wrapped(about, kIndent, kIndent);
}

}  // namespace

std::string type_of(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    return type.substr(0, type.find(":{"));
}

std::string HelpFormat::make_option(const CLI::Option* option, bool is_positional) const {
    std::string name = is_positional ? type_of(*option) : option->get_name(false, true);
    const bool has_value = option->get_items_expected_max() > 0;
    // A list of values that is too long for the line is moved to the description.
    std::string type = has_value && !is_positional ? type_of(*option) : "";
    std::string about = option->get_description();
    if (name.size() + type.size() + 3 > kColumns) {
        about += ": " + type;
        type = "TYPE";
    }
    if (!type.empty()) name += " " + type;
    if (has_value && !option->get_default_str().empty()) {
        about += " (default: " + option->get_default_str() + ")";
    }
    if (option->get_required() && !is_positional) about += " (required)";
    return entry(name, about);
}

std::string HelpFormat::make_subcommand(const CLI::App* command) const {
    return entry(command->get_name(), command->get_description());
}

std::string HelpFormat::make_description(const CLI::App* app) const {
    return app->get_description().empty() ? "" : wrapped(app->get_description(), 0, 0);
}

bool has_commands(const CLI::App& app) {
    return !app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); })
                .empty();
}

std::string HelpFormat::make_usage(const CLI::App* app, std::string name) const {
    std::string out = "Usage: " + name + " [OPTIONS]";
    for (const CLI::Option* option : app->get_options()) {
        if (!option->get_positional()) continue;
        std::string word = type_of(*option);
        if (option->get_items_expected_max() > 1) word += "...";
        out += option->get_required() ? " " + word : " [" + word + "]";
    }
    if (has_commands(*app)) {
        out +=
            app->get_require_subcommand_min() > 0 ? " COMMAND [OPTIONS]" : " [COMMAND] [OPTIONS]";
    }
    return out + "\n";
}

// Arguments, then groups.
std::string HelpFormat::make_help(const CLI::App* app, std::string name,
                                  CLI::AppFormatMode mode) const {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    std::string out = make_description(app) + make_usage(app, std::move(name));
    const auto arguments =
        app->get_options([](const CLI::Option* option) { return option->get_positional(); });
    if (!arguments.empty()) out += "\nArguments:\n";
    for (const CLI::Option* option : arguments) out += make_option(option, true);
    for (const std::string& group : groups_in_order(*app)) {
        const auto options = app->get_options([&](const CLI::Option* option) {
            return option->get_group() == group && option->nonpositional();
        });
        if (group.empty() || options.empty()) continue;
        out += "\n" + group + ":\n";
        for (const CLI::Option* option : options) out += make_option(option, false);
    }
    return out + make_subcommands(app, mode) + make_footer(app);
}

std::string HelpFormat::make_footer(const CLI::App* app) const {
    if (app->get_parent() != nullptr) return "";
    std::string out;
    const Page& page = page_of(app->get_name());
    for (const Example& example : page.examples) {
        if (out.empty()) out = "\nExamples:\n";
        out += "  " + std::string(example.command) + "\n" + std::string(kExampleIndent, ' ') +
               wrapped(std::string(example.about), kExampleIndent, kExampleIndent);
    }
    std::string codes = "Exit codes:";
    for (const ExitCode& code : exit_codes()) {
        codes += (code.code == 0 ? " " : "; ") + std::to_string(code.code) + " ";
        codes += code.brief;
    }
    return out + "\n" + wrapped(codes + ". man " + man_name(app->get_name()) + " says more.", 0, 0);
}

// An option group: its options under its title.
std::string HelpFormat::make_expanded(const CLI::App* group) const {
    std::string out = "\n" + group->get_group() + ":\n";
    for (const CLI::Option* option : group->get_options()) {
        if (!option->check_lname("help")) out += make_option(option, false);
    }
    return out;
}

}  // namespace quire::common
