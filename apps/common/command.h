// What every command does the same way: options, exit codes, messages, Ctrl-C.
#pragma once

#include <functional>
#include <string>

// Forward, because CLI11 is a large header: those who add options include it themselves.
namespace CLI {
class App;
}

#include "lib/base/error.h"
#include "lib/kernels/kernels.h"
#include "lib/model/finite.h"

namespace quire::common {

// "quire 0.1.0": what a file says it was created by.
std::string version_text();

// Sets up --version, the layout of --help with the exit codes, and logging to standard error.
void prepare(CLI::App& app);

// What main() of every command is: calls command_line(argc, argv). An exception becomes one line on
// standard error, "NAME: ...", and the exit code of lib/base/error.h.
int run_main(const char* name, int (*command_line)(int, char**), int argc, char** argv) noexcept;

// Parses the arguments and calls run(). A bad option is an Error{usage}; for --help and --version the
// text goes to standard output, and run() is not called.
int run_command(CLI::App& app, int argc, char** argv, const std::function<int()>& run);

// After this, Ctrl-C sets a flag the first time and ends the process the second.
void watch_interrupt();
bool interrupted() noexcept;
inline constexpr int kInterruptedExit = 130;
inline constexpr int kSomeFailedExit = 6;  // the run is done, but not every request has an answer

// Options that several commands take, with one meaning.
void add_threads(CLI::App& app, int& n_threads);  // 0 until set: base::default_threads()
void add_isa(CLI::App& app, std::string& isa);
const kernels::KernelTable& choose_isa(const std::string& isa);  // Error{usage} naming --isa
void add_kv_type(CLI::App& app, kernels::KvType& type);
// Whether an output may replace a file that Quire did not write (lib/base/files/output_path.h).
void add_overwrite(CLI::App& app, bool& overwrite);
std::string name_of(kernels::KvType type);
kernels::KvType kv_type_named(const std::string& name);  // one of those names

// Calls run() and returns what it returns. An Error{usage} of a library speaks of what it was given,
// not of options: this puts the option's name in front.
template <typename Run>
decltype(auto) for_option(const char* option, const Run& run) {
    try {
        return run();
    } catch (const Error& error) {
        if (error.code() != ErrorCode::usage) throw;
        throw Error(ErrorCode::usage, option, error.what());
    }
}

// "; --kv-type f32 holds them" where that is so, otherwise empty.
std::string kv_hint(kernels::KvType type, const model::NotFinite& error);

// Calls run() and returns what it returns. Where a key or value does not fit `type`, the error also
// says which option helps.
template <typename Run>
decltype(auto) with_kv_hint(kernels::KvType type, const Run& run) {
    try {
        return run();
    } catch (const model::NotFinite& error) {
        throw Error(ErrorCode::run, "", error.what() + kv_hint(type, error));
    }
}

}  // namespace quire::common
