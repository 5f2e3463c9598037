#include "apps/common/options/groups.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>

#include "apps/common/options/elsewhere.h"

namespace quire::common {

namespace {

struct Group {
    std::string_view title;
    std::string_view names;  // separated by spaces
};

constexpr std::array kGroups{
    Group{"Model", "model ctx-size context kv-type load verify"},
    Group{"Prompt", "prompt file messages system raw heal show-prompt query"},
    Group{"Input", "input lines csv tsv template validate time shard"},
    Group{"Text", "text recursive chat special add-special"},
    Group{"Answer", "predict seed reasoning reasoning-budget hide-thoughts"},
    Group{"Vectors and labels", "embed classify pool prompt-name dimensions"},
    Group{"Translation", "from to beams"},
    Group{"Conversation", "when-full no-history"},
    Group{"Weights", "type bits tensor-type importance shape ngram tokenizer"},
    Group{"Output",
          "output json overwrite quiet verbose unordered retry-errors summary metrics price errors "
          "save "
          "name no-chat-template limit overlap svg"},
    Group{"Measurement", "n-prompt n-gen n-depth sequences repetitions speed-only"},
    Group{"Machine", "threads batch-size batch isa split parallel memory lookup draft"}};

// With fewer options, headings hide more than they show.
constexpr std::size_t kManyOptions = 12;

}  // namespace

void set_groups(CLI::App& app) {
    std::size_t n = 0;
    for (const CLI::Option* option : app.get_options()) n += option->get_positional() ? 0 : 1;
    if (n < kManyOptions) return;
    for (CLI::Option* option : app.get_options([](CLI::Option*) { return true; })) {
        if (option->get_positional() || option->get_lnames().empty()) continue;
        if (option->get_group() != "Options") continue;
        for (const Group& group : kGroups) {
            if (has_name(group.names, option->get_lnames().front())) {
                option->group(std::string(group.title));
            }
        }
    }
}

std::vector<std::string> groups_in_order(const CLI::App& app) {
    std::vector<std::string> groups = app.get_groups();
    std::stable_partition(groups.begin(), groups.end(),
                          [](const std::string& name) { return name != "Options"; });
    return groups;
}

}  // namespace quire::common
