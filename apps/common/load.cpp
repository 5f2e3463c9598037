#include "apps/common/load.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>

#include "apps/common/options/words.h"
#include "apps/common/terminal/progress_line.h"
#include "apps/common/units.h"
#include "lib/base/enum_names.h"
#include "lib/base/join.h"
#include "lib/base/memory.h"

namespace quire::common {

namespace {

using formats::LoadMode;

// In the order of the enumeration.
constexpr std::array<std::string_view, 3> kNames{"map", "huge", "lock"};
constexpr base::EnumNames<LoadMode> kLoadModes(kNames);
constexpr std::array<std::string_view, 3> kDone{"mapped", "copied", "mapped and locked"};

}  // namespace

CLI::Option* add_load(CLI::App& app, Load& load) {
    return app
        .add_option_function<std::string>(
            "--load", [&load](const std::string& name) { load.mode = *kLoadModes.value(name); },
            "Weights: map the file (default), copy it to huge pages first, or lock the mapped file "
            "in memory; changes speed and memory, never a result")
        ->check(one_of({kNames.begin(), kNames.end()}))
        ->type_name(base::join(kNames, "|"));
}

std::string name_of(LoadMode mode) {
    return std::string(kLoadModes.name(mode));
}

void load_weights(formats::QuireFile& file, Load& load, int n_threads) {
    const auto start = std::chrono::steady_clock::now();
    if (load.reads_all) file.read_ahead();
    file.load_weights(load.mode, n_threads);
    load.ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void verify_weights(const formats::QuireFile& file, int n_threads, bool release) {
    ProgressLine progress(
        {.what = "check", .total = file.weights().size(), .unit = ProgressLine::Unit::bytes});
    file.verify_weights(n_threads, release, [&](std::uint64_t n) { progress.add(n); });
}

void add_verify(CLI::App& app, bool& asked) {
    app.add_flag("--verify", asked,
                 "Check the weights of a model over 1 GiB too; smaller ones are always checked");
}

void verify_if_due(const formats::QuireFile& file, bool asked, int n_threads) {
    // That takes about as long as one token.
    constexpr std::uint64_t kAlwaysVerified = std::uint64_t{1} << 30;
    if (asked || file.file_bytes() <= kAlwaysVerified) verify_weights(file, n_threads);
}

std::string describe(const Load& load, const formats::QuireFile& file) {
    const base::Bytes weights = file.weights();
    return fmt::format(
        "weights {} in {:.1f} ms, {} of {} in huge pages",
        kDone[static_cast<std::size_t>(load.mode)], load.ms,
        human_bytes(std::min<std::uint64_t>(base::huge_page_bytes(weights), weights.size())),
        human_bytes(weights.size()));
}

}  // namespace quire::common
