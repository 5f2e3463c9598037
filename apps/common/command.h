// What every command does the same way: options, exit codes, messages, Ctrl-C.
#pragma once

#include <functional>
#include <string>

// Forward, because CLI11 is a large header: those who add options include it themselves.
namespace CLI {
class App;
}

#include "lib/kernels/kernels.h"

namespace quire::common {

// "quire 0.1.0": what a file says it was created by.
std::string version_text();

// Sets up --version, the footer with exit codes, and logging to standard error.
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
void add_kv_type(CLI::App& app, kernels::KvType& type);
// Whether an output may replace a file that Quire did not write (lib/base/output_path.h).
void add_overwrite(CLI::App& app, bool& overwrite);

}  // namespace quire::common
