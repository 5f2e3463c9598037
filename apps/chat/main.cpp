// quire chat: a conversation with a model.
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "apps/chat/commands.h"
#include "apps/chat/line_input.h"
#include "apps/chat/options.h"
#include "apps/chat/session.h"
#include "apps/common/command.h"
#include "apps/common/memory_need.h"
#include "apps/common/open_model.h"
#include "apps/common/reuse/cache.h"
#include "apps/common/reuse/draft.h"
#include "apps/common/reuse/lookup.h"
#include "apps/common/terminal/terminal.h"
#include "formats/quire/layout.h"
#include "lib/base/parallel.h"
#include "lib/generate/context.h"

namespace {

using namespace quire;

// Error{usage} for a model that cannot hold a conversation.
void check_chats(const model::Model& model, const formats::QuireFile& file) {
    if (!common::predicts_tokens(model)) {
        throw Error(ErrorCode::usage, file.path(), "this model writes no text that goes on");
    }
    if (file.section(formats::quire_file::section::kTemplate).empty()) {
        throw Error(ErrorCode::usage, file.path(),
                    "this model has no chat template; gen continues a text with it");
    }
}

int run_chat(chat_app::Options& options, const CLI::App& app) {
    common::check_sampling(app, options.drawing.sampling);
    const kernels::KernelTable& table = common::choose_isa(options.isa);
    if (options.engine.n_threads == 0) options.engine.n_threads = base::default_threads();
    formats::QuireFile file = common::open_model_file(options.model);
    common::load_weights(file, options.load, options.engine.n_threads);
    common::verify_if_due(file, options.verify, options.engine.n_threads);
    const model::Model model = common::load_model(file, table, options.kv_type);
    common::check_lookup(model, options.engine.max_guesses);
    const auto draft = common::open_draft(options.draft, file, model, options.engine);
    options.engine.page_store = common::open_cache(options.cache, file, model);
    check_chats(model, file);
    const tokenizer::Tokenizer tokenizer = common::load_tokenizer(file);
    common::for_option("--logit-bias",
                       [&] { common::resolve_biases(options.drawing.sampling, tokenizer); });
    const std::size_t context = common::for_option("--ctx-size", [&] {
        return generate::checked_context(model.spec, options.engine.context);
    });
    common::warn_of_shortage(common::memory_need(file, model, context));
    const bool at_terminal =
        common::is_terminal(STDIN_FILENO) &&
        (common::is_terminal(STDERR_FILENO) || common::is_terminal(STDOUT_FILENO));
    const auto input =
        at_terminal ? chat_app::terminal_input(options.no_history ? "" : chat_app::history_path(),
                                               chat_app::command_words())
                    : chat_app::piped_input();
    common::watch_interrupt();
    chat_app::Session session({file, model, tokenizer}, options, *input);
    const int code = session.run();
    common::report_cache(options.engine.page_store.get(), options.verbose);
    return code;
}

int command_line(int argc, char** argv) {
    CLI::App app(
        "Talk to a model. Each line is a message; a line that begins with / is a command "
        "of the chat, which /help lists.",
        "quire chat");
    common::prepare(app);
    chat_app::Options options;
    options.engine.n_threads = 0;
    chat_app::add_options(app, options);
    return common::run_command(app, argc, argv, [&] {
        return common::with_kv_hint(options.kv_type, [&] { return run_chat(options, app); });
    });
}

}  // namespace

int main(int argc, char** argv) {
    return quire::common::run_main("quire chat", command_line, argc, argv);
}
