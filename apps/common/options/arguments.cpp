#include "apps/common/options/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <sstream>

#include "apps/common/options/elsewhere.h"
#include "apps/common/options/help_format.h"
#include "apps/common/options/nearest.h"
#include "lib/base/error.h"

namespace quire::common {

namespace {

using Words = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorCode::usage, "", message);
}

bool starts_option(const std::string& word) {
    return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9');
}

bool takes_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

// "-m", or "--temp" of an option without a letter.
std::string shown_name(const CLI::Option& option) {
    const auto& letters = option.get_snames();
    return letters.empty() ? option.get_name() : "-" + letters.front();
}

// The words from `begin` on that are values of the option. One that takes several in one place (allow_extra_args)
// takes them up to the next option; any other takes one, whatever it is.
std::size_t n_values(const CLI::Option& option, const Words& words, std::size_t begin) {
    if (begin >= words.size()) return 0;
    std::size_t n = 1;
    if (!option.get_allow_extra_args()) return n;
    const auto most = static_cast<std::size_t>(option.get_items_expected_max());
    while (n < most && begin + n < words.size() && !starts_option(words[begin + n])) ++n;
    if (n < static_cast<std::size_t>(option.get_items_expected_min())) {
        refuse(shown_name(option) + ": expected " +
               std::to_string(option.get_items_expected_min()) + " values (" + type_of(option) +
               "), found " + std::to_string(n));
    }
    return n;
}

std::string joined(const Words& words, const std::string& last) {
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        out += (i == 0 ? "" : i + 1 == words.size() ? last : ", ") + words[i];
    }
    return out;
}

class Checker {
  public:
    explicit Checker(const CLI::App& app) : app_(&app) {}

    void check(int argc, const char* const* argv) {
        const Words words(argv + std::min(1, argc), argv + argc);
        for (std::size_t i = 0; i < words.size() && !ends_early_; ++i) {
            const std::string& word = words[i];
            if (only_arguments_ || !starts_option(word)) {
                argument(word);
            } else if (word == "--") {
                only_arguments_ = true;
            } else if (const CLI::Option* valued = option(word)) {
                const std::size_t n = n_values(*valued, words, i + 1);
                if (n == 0) {
                    refuse(word + ": expected a value (" + type_of(*valued) + "), found none");
                }
                i += n;
            }
        }
        if (!ends_early_) check_complete();
    }

  private:
    // The option, when its value is the next word.
    const CLI::Option* option(const std::string& word) {
        const std::size_t equals = word.find('=');
        if (word.starts_with("--")) {
            const CLI::Option* found = find(word.substr(0, equals));
            if (found == nullptr) unknown(word.substr(0, equals));
            see(*found);
            return takes_value(*found) && equals == std::string::npos ? found : nullptr;
        }
        const bool is_word = word.size() > 2 && word[2] != '=';
        if (is_word && (is_known_elsewhere(word) || find("-" + word) != nullptr)) {
            unknown(word);
        }
        const CLI::Option* found = find(word.substr(0, 2));
        if (found == nullptr) unknown(word.substr(0, equals));
        if (!takes_value(*found)) {
            flags(word);
            return nullptr;
        }
        see(*found);
        if (equals == 2) {
            refuse(word + ": expected " + word.substr(0, 2) + " " + word.substr(3) +
                   ", a letter takes its value without =");
        }
        return word.size() == 2 ? found : nullptr;
    }

    // Flags of one letter may be combined, except those that end the command at once.
    void flags(const std::string& word) {
        for (const char letter : word.substr(1)) {
            const CLI::Option* found = find({'-', letter});
            if (found == nullptr || takes_value(*found)) unknown(word);
            if (found == app_->get_help_ptr() && word.size() > 2) unknown(word);
            see(*found);
        }
    }

    void see(const CLI::Option& found) {
        ends_early_ = &found == app_->get_help_ptr() || found.check_lname("version");
        const bool again = !seen_.insert(&found).second;
        if (again && takes_value(found) && found.get_items_expected_max() == 1) {
            refuse(shown_name(found) + ": expected once, found a second time");
        }
    }

    void argument(const std::string& word) {
        if (has_commands(*app_)) {
            command(word);
            return;
        }
        arguments_.push_back(word);
        std::size_t room = 0;
        std::string names;
        for (const CLI::Option* one : app_->get_options()) {
            if (!one->get_positional()) continue;
            room += static_cast<std::size_t>(one->get_items_expected_max());
            names += (names.empty() ? "" : " ") + type_of(*one);
        }
        if (arguments_.size() <= room) return;
        const std::string meant = meant_option(arguments_);
        refuse("expected " +
               (room == 0 ? "only options" : std::to_string(room) + " at most of " + names) +
               ", found \"" + word + "\" too" +
               (meant.empty() && room > 0 ? "; quotes make one of several words" : meant));
    }

    void command(const std::string& word) {
        Words names;
        for (const CLI::App* one : app_->get_subcommands([](const CLI::App*) { return true; })) {
            if (one->get_name() == word) {
                app_ = one;
                return;
            }
            names.push_back(one->get_name());
        }
        const std::string near = nearest(word, names);
        refuse("unknown command " + word +
               (near.empty() ? "; expected " + joined(names, " or ")
                             : "; did you mean " + near + "?"));
    }

    // Two options of the line that exclude each other, or are of a group that allows only one.
    void check_together() const {
        const auto refuse_both = [](const CLI::Option* one, const CLI::Option* other) {
            refuse(one->get_name() + ": expected without " + other->get_name() + ", found both");
        };
        for (const CLI::Option* one : options_of(*app_)) {
            if (!seen_.contains(one)) continue;
            for (const CLI::Option* other : one->get_excludes()) {
                if (seen_.contains(other)) refuse_both(one, other);
            }
        }
        for (const CLI::App* group : app_->get_subcommands([](const CLI::App*) { return true; })) {
            if (!group->get_name().empty() || group->get_require_option_max() != 1) continue;
            const CLI::Option* first = nullptr;
            for (const CLI::Option* one : group->get_options()) {
                if (!seen_.contains(one)) continue;
                if (first != nullptr) refuse_both(first, one);
                first = one;
            }
        }
    }

    void check_complete() const {
        check_together();
        if (app_->get_require_subcommand_min() > 0) {
            Words names;
            for (const CLI::App* one :
                 app_->get_subcommands([](const CLI::App*) { return true; })) {
                names.push_back(one->get_name());
            }
            refuse("expected a command: " + joined(names, " or "));
        }
        std::size_t n_arguments = 0;
        for (const CLI::Option* one : options_of(*app_)) {
            if (!one->get_required()) continue;
            const std::string type = type_of(*one);
            if (one->get_positional()) {
                if (++n_arguments > arguments_.size()) refuse("expected " + type + ", found none");
            } else if (!seen_.contains(one)) {
                refuse("expected " + shown_name(*one) + " " + type + ", found none" +
                       meant_option(arguments_));
            }
        }
        const std::string meant = arguments_.empty() ? "" : meant_option(arguments_);
        if (meant.starts_with("; did you mean -m")) {
            refuse("expected -m MODEL before a model, found none" + meant);
        }
    }

    // For an argument that looks like the value of an option.
    std::string meant_option(const Words& arguments) const {
        for (const std::string& word : arguments) {
            const CLI::Option* model = find("--model");
            const bool is_model = word.ends_with(".quire") || word.ends_with(".gguf");
            if (is_model && model != nullptr && !seen_.contains(model)) {
                return "; did you mean -m " + word + "?";
            }
        }
        const CLI::Option* input = find("--input");
        if (input != nullptr && !seen_.contains(input)) {
            return "; did you mean -i " + arguments.back() + "?";
        }
        return "";
    }

    const CLI::Option* find(const std::string& name) const {
        for (const CLI::Option* one : options_of(*app_)) {
            if (name.starts_with("--") ? one->check_lname(name.substr(2))
                                       : one->check_sname(name.substr(1))) {
                return one;
            }
        }
        return nullptr;
    }

    [[noreturn]] void unknown(const std::string& name) const {
        if (const std::string known = known_elsewhere(name); !known.empty()) {
            refuse("unknown option " + name + "; " + known);
        }
        Words names;
        for (const CLI::Option* one : options_of(*app_)) {
            for (const std::string& known : one->get_lnames()) names.push_back(known);
        }
        std::string bare = name.substr(name.find_first_not_of('-'));
        std::replace(bare.begin(), bare.end(), '_', '-');
        const std::string near = nearest(bare, names);
        refuse("unknown option " + name + (near.empty() ? "" : "; did you mean --" + near + "?"));
    }

    // The equivalent of another program's option; empty for an unknown one.
    std::string known_elsewhere(const std::string& name) const {
        for (const Elsewhere& entry : options_elsewhere()) {
            if (!has_name(entry.names, name)) continue;
            std::string note(entry.note);
            if (entry.here.empty()) return note;
            std::istringstream names{std::string(entry.here)};
            for (std::string here; names >> here;) {
                if (find(here) == nullptr) continue;
                return "here it is " + here + (note.empty() ? "" : ", " + note);
            }
        }
        return "";
    }

    const CLI::App* app_;
    Words arguments_;
    std::set<const CLI::Option*> seen_;
    bool only_arguments_ = false;
    bool ends_early_ = false;  // help or version is requested
};

}  // namespace

std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    std::vector<const CLI::Option*> options = app.get_options();
    for (const CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (!group->get_name().empty()) continue;
        const auto more = group->get_options();
        options.insert(options.end(), more.begin(), more.end());
    }
    return options;
}

void check_arguments(const CLI::App& app, int argc, const char* const* argv) {
    Checker(app).check(argc, argv);
}

}  // namespace quire::common
