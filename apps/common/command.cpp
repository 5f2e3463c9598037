#include "apps/common/command.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <map>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>

#include "apps/common/message.h"
#include "apps/common/output.h"
#include "lib/base/error.h"
#include "lib/base/mapped_file.h"
#include "lib/kernels/dispatch.h"

namespace quire::common {

namespace {

std::atomic<bool> interrupt_seen{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set by a signal handler");

extern "C" void on_interrupt(int) {
    if (interrupt_seen.exchange(true)) std::_Exit(kInterruptedExit);
}

}  // namespace

std::string version_text() {
    return "quire " QUIRE_VERSION;
}

void prepare(CLI::App& app) {
    // As GNU's standards have it, which is what help2man reads.
    app.set_version_flag("--version", app.get_name() + " (quire) " QUIRE_VERSION ", file format 1",
                         "Print the version and exit");
    app.get_formatter()->column_width(28);
    app.footer(
        "Exit codes: 0 done; 1 run failed; 2 usage; 3 model or checkpoint bad; 4 input bad; 5 over "
        "a limit that was asked for; 6 some requests of a batch failed; 130 interrupted.");
    base::watch_mapped_files(program_invocation_short_name);
    auto logger = spdlog::stderr_logger_st(app.get_name());
    logger->set_pattern("%n: %v");
    spdlog::set_default_logger(logger);
}

int run_main(const char* name, int (*command_line)(int, char**), int argc, char** argv) noexcept {
    try {
        return command_line(argc, argv);
    } catch (...) {
        return report_exception(name);
    }
}

int run_command(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) {
            throw Error(ErrorCode::usage, "", std::string(error.what()) + " (try --help)");
        }
        // Help and version are "errors" of exit code 0 that print to standard output.
        std::ostringstream text;
        const int exit_code = app.exit(error, text, text);
        write_stdout(text.str());
        return exit_code;
    }
    return run();
}

void watch_interrupt() {
    struct sigaction action {};
    action.sa_handler = on_interrupt;
    ::sigaction(SIGINT, &action, nullptr);
}

bool interrupted() noexcept {
    return interrupt_seen.load();
}

void add_threads(CLI::App& app, int& n_threads) {
    app.add_option("-t,--threads", n_threads,
                   "Threads (default: the physical cores this process may use)")
        ->check(CLI::Range(1, 1024))
        ->type_name("N");
}

void add_isa(CLI::App& app, std::string& isa) {
    std::string names;
    for (const std::string_view name : kernels::isa_names()) {
        names += (names.empty() ? "" : "|") + std::string(name);
    }
    app.add_option("--isa", isa, "Instruction set, by default the fastest this machine runs")
        ->type_name(names);
}

void add_kv_type(CLI::App& app, kernels::KvType& type) {
    const std::map<std::string, kernels::KvType> names{{"f16", kernels::KvType::f16},
                                                       {"f32", kernels::KvType::f32},
                                                       {"int8", kernels::KvType::int8}};
    app.add_option_function<std::string>(
           "--kv-type", [&type, names](const std::string& name) { type = names.at(name); },
           "Keep keys and values as f16, f32 or int8 (default: f16); int8 takes half the memory "
           "and "
           "changes the result a little")
        ->check(CLI::IsMember({"f16", "f32", "int8"}))
        ->type_name("TYPE");
}

void add_overwrite(CLI::App& app, bool& overwrite) {
    app.add_flag("--overwrite", overwrite,
                 "Replace an existing output even when Quire did not write it; a file that the "
                 "command reads is never replaced");
}

}  // namespace quire::common
