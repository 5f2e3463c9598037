#include "apps/chat/options.h"

#include <CLI/CLI.hpp>

#include "apps/common/command.h"
#include "apps/common/options/numbers.h"
#include "apps/common/options/words.h"
#include "apps/common/reuse/draft.h"
#include "apps/common/reuse/lookup.h"

namespace quire::chat_app {

namespace {

void add_when_full(CLI::App& app, Options& options) {
    app.add_option_function<std::string>(
           "--when-full",
           [&options](const std::string& name) {
               options.when_full = name == "ask"    ? WhenFull::ask
                                   : name == "drop" ? WhenFull::drop
                                                    : WhenFull::stop;
           },
           "When the context has no room for another answer: ask at the terminal, drop the oldest "
           "turns, or stop (default: ask; without a terminal: stop)")
        ->check(common::one_of({"ask", "drop", "stop"}))
        ->type_name("ask|drop|stop");
}

}  // namespace

void add_drawing(CLI::App& app, Drawing& drawing) {
    common::add_predict(app, drawing.n_predict,
                        "Most tokens of an answer; -1: until the model ends it");
    app.add_option_function<std::string>(
           "-s,--seed",
           [&drawing](const std::string& text) {
               drawing.seed.reset();
               if (text != "-1") drawing.seed = common::parse_seed(text, "--seed");
           },
           "Random seed; -1, the default: a new one for each answer")
        ->type_name("N");
    common::add_sampling(app, drawing.sampling);
}

void add_options(CLI::App& app, Options& options) {
    common::add_model(app, options.model);
    auto* messages = app.add_option("--messages", options.messages,
                                    "Go on with the conversation in this file (OpenAI's format)")
                         ->type_name("FILE");
    app.add_option("--system", options.system, "System message")
        ->type_name("TEXT")
        ->excludes(messages);
    app.add_option("--save", options.save,
                   "Write the conversation to this file after each answer; may be the file of "
                   "--messages")
        ->type_name("FILE");
    common::add_overwrite(app, options.overwrite);
    add_when_full(app, options);
    app.add_flag("--hide-thoughts", options.hides_thoughts,
                 "Do not show what a reasoning model thinks before it answers");
    app.add_flag("--no-history", options.no_history,
                 "Neither read nor keep the lines that were typed");
    add_drawing(app, options.drawing);
    common::add_engine(app, options.engine);
    common::add_lookup(app, options.engine.max_guesses);
    common::add_draft(app, options.draft);
    common::add_cache(app, options.cache);
    common::add_load(app, options.load);
    common::add_isa(app, options.isa);
    common::add_kv_type(app, options.kv_type);
    common::add_verify(app, options.verify);
    app.add_flag("-v,--verbose", options.verbose, "Times, speeds and memory on standard error");
}

}  // namespace quire::chat_app
