#include "apps/common/pages/man_page.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "apps/common/command.h"
#include "apps/common/options/exit_codes.h"
#include "apps/common/options/groups.h"
#include "apps/common/options/help_format.h"
#include "apps/common/pages/page.h"

namespace quire::common {

namespace {

// As text: a backslash, a hyphen that is one, and a dot or quotation mark that begins a line.
std::string troff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c == '-') {
            out += "\\-";
        } else {
            out += c;
        }
    }
    if (out.starts_with('.') || out.starts_with('\'')) out.insert(0, "\\&");
    return out;
}

std::string section(const char* name) {
    return std::string(".SH ") + name + "\n";
}

// Paragraphs with an empty line between them.
std::string paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        out += ".PP\n" + troff(text.substr(0, end)) + "\n";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    }
    return out;
}

std::string option_entry(const CLI::Option& option) {
    std::string out = ".TP\n\\fB" + troff(option.get_name(false, true)) + "\\fR";
    if (option.get_items_expected_max() > 0) out += " \\fI" + troff(type_of(option)) + "\\fR";
    out += "\n" + troff(option.get_description());
    if (!option.get_default_str().empty() && option.get_items_expected_max() > 0) {
        out += " (default: " + troff(option.get_default_str()) + ")";
    }
    return out + "\n";
}

// The options of an App in their groups, which are sections of the page.
std::string option_entries(const CLI::App& app) {
    std::string out;
    for (const std::string& group : groups_in_order(app)) {
        std::string entries;
        for (const CLI::Option* option : app.get_options()) {
            if (option->get_group() == group && !option->get_positional()) {
                entries += option_entry(*option);
            }
        }
        if (!entries.empty()) out += ".SS " + troff(group) + "\n" + entries;
    }
    for (const CLI::App* group :
         app.get_subcommands([](const CLI::App* one) { return one->get_name().empty(); })) {
        out += ".SS " + troff(group->get_group()) + "\n";
        for (const CLI::Option* option : group->get_options()) {
            if (!option->check_lname("help")) out += option_entry(*option);
        }
    }
    return out;
}

std::string arguments_of(const CLI::App& app) {
    std::string out;
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        out += ".TP\n\\fI" + troff(type_of(*option)) + "\\fR\n" + troff(option->get_description()) +
               "\n";
    }
    return out;
}

std::string commands_of(const CLI::App& app) {
    std::string out;
    for (const CLI::App* command :
         app.get_subcommands([](const CLI::App* one) { return !one->get_name().empty(); })) {
        std::string usage = HelpFormat().make_usage(command, command->get_name());
        usage = usage.substr(std::string_view("Usage: ").size());
        usage.pop_back();
        out += ".SS \"" + troff(usage) + "\"\n" + troff(command->get_description()) + "\n";
        out += arguments_of(*command);
        for (const CLI::Option* option : command->get_options()) {
            if (!option->get_positional() && !option->check_lname("help")) {
                out += option_entry(*option);
            }
        }
    }
    return out.empty() ? out : section("COMMANDS") + out;
}

std::string examples_of(const Page& page) {
    if (page.examples.empty()) return "";
    std::string out = section("EXAMPLES");
    for (const Example& example : page.examples) {
        out += ".PP\n" + troff(example.about) + ":\n.PP\n.RS 4\n.EX\n" + troff(example.command) +
               "\n.EE\n.RE\n";
    }
    return out;
}

std::string exit_status() {
    std::string out = section("EXIT STATUS");
    for (const ExitCode& code : exit_codes()) {
        out += ".TP\n" + std::to_string(code.code) + "\n" + troff(code.about) + "\n";
    }
    return out;
}

std::string files_of(const Page& page) {
    if (page.files.empty()) return "";
    std::string out = section("FILES");
    for (const UsedFile& file : page.files) {
        out += ".TP\n\\fI" + troff(file.path) + "\\fR\n" + troff(file.about) + "\n";
    }
    return out;
}

}  // namespace

std::string man_page(const CLI::App& app) {
    const Page& page = page_of(app.get_name());
    const std::string name = man_name(app.get_name());
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    std::string usage = HelpFormat().make_usage(&app, app.get_name());
    usage = usage.substr(std::string_view("Usage: ").size());
    std::string out = ".TH " + upper + " 1 \"\" \"" + version_text() + "\" \"Quire\"\n";
    out += ".ad l\n.nh\n";
    out += section("NAME") + troff(name) + " \\- " + troff(page.about) + "\n";
    out += section("SYNOPSIS") + ".B " + troff(usage);
    out += section("DESCRIPTION") + troff(app.get_description()) + "\n" + paragraphs(page.more);
    const std::string arguments = arguments_of(app);
    if (!arguments.empty()) out += section("ARGUMENTS") + arguments;
    out += commands_of(app);
    out += section("OPTIONS") + option_entries(app);
    out += examples_of(page) + exit_status() + files_of(page);
    out += section("ENVIRONMENT") + "quire help environment lists the variables.\n";
    if (!page.see_also.empty()) {
        out += section("SEE ALSO") + troff(page.see_also) +
               "\n.PP\nquire help docs lists the documents, among them a tutorial, a cookbook and "
               "troubleshooting.\n";
    }
    return out;
}

}  // namespace quire::common
