#include "apps/common/command.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <sstream>

#include "apps/common/message.h"
#include "apps/common/options/arguments.h"
#include "apps/common/options/config_file.h"
#include "apps/common/options/groups.h"
#include "apps/common/options/help_format.h"
#include "apps/common/options/numbers.h"
#include "apps/common/options/words.h"
#include "apps/common/output.h"
#include "apps/common/pages/completion.h"
#include "apps/common/pages/man_page.h"
#include "formats/quire/layout.h"
#include "lib/base/enum_names.h"
#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/join.h"
#include "lib/kernels/dispatch.h"

namespace quire::common {

namespace {

std::atomic<bool> interrupt_seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

// In the order of the enumeration.
constexpr std::array<std::string_view, kernels::kKvTypes> kKvNames{"f16", "f32", "int8", "q8",
                                                                   "q4"};
constexpr base::EnumNames<kernels::KvType> kKvTypeNames(kKvNames);

extern "C" void on_interrupt(int) {
    if (interrupt_seen.exchange(true)) std::_Exit(kInterruptedExit);
}

// CLI11 throws help and version as errors with exit code 0.
bool is_answer(const CLI::ParseError& error) {
    return error.get_exit_code() == 0;
}

const char* command_name = "";
std::terminate_handler usual_terminate = nullptr;

// An exception left a noexcept function. Running out of memory can cause that inside libraries, for
// example in the destructor of a JSON value; it is reported like any other error.
void on_terminate() {
    try {
        if (std::current_exception()) throw;
    } catch (const std::bad_alloc&) {
        std::_Exit(report_exception(command_name));
    } catch (...) {
    }
    usual_terminate();
}

}  // namespace

std::string version_text() {
    return "quire " QUIRE_VERSION;
}

void prepare(CLI::App& app) {
    app.formatter(std::make_shared<HelpFormat>());
    // The format of the GNU coding standards.
    app.set_version_flag("--version",
                         app.get_name() + " (quire) " QUIRE_VERSION ", file format " +
                             std::to_string(formats::quire_file::kVersion),
                         "Print the version and exit");
    base::watch_mapped_files(program_invocation_short_name);
    auto logger = spdlog::stderr_logger_st(app.get_name());
    logger->set_pattern("%n: %v");
    spdlog::set_default_logger(logger);
}

int run_main(const char* name, int (*command_line)(int, char**), int argc, char** argv) noexcept {
    command_name = name;
    usual_terminate = std::set_terminate(on_terminate);
    try {
        return command_line(argc, argv);
    } catch (...) {
        return report_exception(name);
    }
}

namespace {

// A faulty configuration must not stand in the way of help.
bool asks_for_help(int argc, char** argv) {
    return std::any_of(argv, argv + argc, [](const char* word) {
        const std::string_view one(word);
        return one == "--help" || one == "-h" || one == "--version";
    });
}

// Prints what a shell or the build asks for instead of running: completions, or the man page.
bool answer_for_shell(const CLI::App& app, int argc, char** argv) {
    const std::vector<std::string> words(argv + std::min(1, argc), argv + argc);
    if (std::getenv(kCompleteVariable) != nullptr) {
        write_stdout(completions(app, words));
        return true;
    }
    if (words != std::vector<std::string>{"--man"}) return false;
    write_stdout(man_page(app));
    return true;
}

}  // namespace

int run_command(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
    set_groups(app);
    if (answer_for_shell(app, argc, argv)) return 0;
    try {
        if (!asks_for_help(argc, argv)) use_config(app);
        check_arguments(app, argc, argv);
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (!is_answer(error)) {
            throw Error(ErrorCode::usage, "", std::string(error.what()) + " (try --help)");
        }
        std::ostringstream text;
        const int exit_code = app.exit(error, text, text);
        write_stdout(text.str());
        return exit_code;
    } catch (const Error& error) {
        throw Error(error.code(), "", std::string(error.what()) + " (try --help)");
    }
    return run();
}

std::string kv_hint(kernels::KvType type, const model::NotFinite& error) {
    return error.in_cache() && type != kernels::KvType::f32 ? "; --kv-type f32 holds them" : "";
}

void watch_interrupt() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    ::sigaction(SIGINT, &action, nullptr);
}

bool interrupted() noexcept {
    return interrupt_seen.load();
}

void forget_interrupt() noexcept {
    interrupt_seen.store(false);
}

void add_model(CLI::App& app, std::string& model) {
    app.add_option("-m,--model", model,
                   "Model: a .quire file, the name of one (quire models), or a GGUF file or "
                   "checkpoint's folder, which is packed once (default: QUIRE_MODEL, or the only "
                   "one that has a name)")
        ->type_name("MODEL");
}

void add_threads(CLI::App& app, int& n_threads) {
    add_integer(app, "-t,--threads", n_threads, {1, 1024},
                "Threads (default: the physical cores this process may use)")
        ->default_str("");
}

void add_engine(CLI::App& app, generate::EngineParams& engine) {
    add_integer(app, "-c,--ctx-size", engine.context, {0, kMaxTokens},
                "Context size in tokens; 0: the model's");
    add_integer(app, "-b,--batch-size", engine.batch, {1, 65536},
                "Prompt tokens per pass; changes speed and memory, never the text");
    add_threads(app, engine.n_threads);
}

void add_isa(CLI::App& app, std::string& isa) {
    app.add_option("--isa", isa, "Instruction set, by default the fastest this machine runs")
        ->type_name(base::join(kernels::isa_names(), "|"));
}

const kernels::KernelTable& choose_isa(const std::string& isa) {
    return for_option("--isa",
                      [&]() -> const kernels::KernelTable& { return kernels::choose(isa); });
}

std::string name_of(kernels::KvType type) {
    return std::string(kKvTypeNames.name(type));
}

kernels::KvType kv_type_named(const std::string& name) {
    return *kKvTypeNames.value(name);
}

void add_kv_type(CLI::App& app, kernels::KvType& type) {
    app.add_option_function<std::string>(
           "--kv-type", [&type](const std::string& name) { type = kv_type_named(name); },
           "Keep keys and values as f16, f32, int8, q8 or q4 (default: f16); int8 and q8 take half "
           "the memory and change the result a little, q4 takes less than a third and changes it "
           "more")
        ->check(one_of({kKvNames.begin(), kKvNames.end()}))
        ->type_name("TYPE");
}

void add_overwrite(CLI::App& app, bool& overwrite) {
    app.add_flag("--overwrite", overwrite,
                 "Replace an existing output even when Quire did not write it; a file that the "
                 "command reads is never replaced");
}

}  // namespace quire::common
