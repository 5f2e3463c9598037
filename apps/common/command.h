// Shared by all commands: options, exit codes, messages, Ctrl-C.
#pragma once

#include <functional>
#include <string>

// Declared here because CLI11 is a large header; files that add options include it.
namespace CLI {
class App;
}

#include "lib/base/error.h"
#include "lib/generate/engine_params.h"
#include "lib/kernels/kernels.h"
#include "lib/model/finite.h"

namespace quire::common {

// "quire 0.1.0": the creator that a file records.
std::string version_text();

// Sets up --version, the layout of --help with the exit codes, and logging to standard error.
void prepare(CLI::App& app);

// The body of main() of every command: calls command_line(argc, argv). An exception becomes one
// line on standard error, "NAME: ...", and the exit code of lib/base/error.h.
int run_main(const char* name, int (*command_line)(int, char**), int argc, char** argv) noexcept;

// Parses the arguments and calls run(). Error{usage} for a bad option. For --help and --version the
// text goes to standard output, and run() is not called.
int run_command(CLI::App& app, int argc, char** argv, const std::function<int()>& run);

// After this call, the first Ctrl-C sets a flag and the second one ends the process.
void watch_interrupt();
bool interrupted() noexcept;
// The next Ctrl-C is the first one again.
void forget_interrupt() noexcept;
inline constexpr int kInterruptedExit = 130;
inline constexpr int kSomeFailedExit = 6;  // the run is complete, but some requests failed

// Options of several commands, with the same meaning everywhere.
void add_model(CLI::App& app, std::string& model);  // what models/find_model.h understands
void add_threads(CLI::App& app, int& n_threads);    // 0 until set: base::default_threads()
// -c, -b and -t of a command that writes one text at a time.
void add_engine(CLI::App& app, generate::EngineParams& engine);
void add_isa(CLI::App& app, std::string& isa);
const kernels::KernelTable& choose_isa(const std::string& isa);  // Error{usage} naming --isa
void add_kv_type(CLI::App& app, kernels::KvType& type);
// Whether an output may replace a file that Quire did not write (lib/base/files/output_path.h).
void add_overwrite(CLI::App& app, bool& overwrite);
std::string name_of(kernels::KvType type);
kernels::KvType kv_type_named(const std::string& name);  // one of those names

// Returns run(). The Error{usage} of a library cannot know the name of an option: this puts it in
// front.
template <typename Run>
decltype(auto) for_option(const char* option, const Run& run) {
    try {
        return run();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::usage) throw;
        throw Error(ErrorCode::usage, option, error.what());
    }
}

// "; --kv-type f32 holds them" if that helps, otherwise empty.
std::string kv_hint(kernels::KvType type, const model::NotFinite& error);

// Returns run(). If a key or value does not fit `type`, the error also names the option that helps.
template <typename Run>
decltype(auto) with_kv_hint(kernels::KvType type, const Run& run) {
    try {
        return run();
    } catch (const model::NotFinite& error) {
        throw Error(ErrorCode::run, "", error.what() + kv_hint(type, error));
    }
}

}  // namespace quire::common
