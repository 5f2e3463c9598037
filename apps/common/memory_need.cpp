#include "apps/common/memory_need.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>

#include "apps/common/terminal/progress_line.h"
#include "apps/common/units.h"

namespace quire::common {

namespace {

constexpr std::uint64_t kPage = kernels::kSpanPositions;

// A number that is alone in a file; none for "max" and for a file that is not there.
std::optional<std::uint64_t> number_in(const char* path) {
    std::ifstream file(path);
    std::uint64_t n = 0;
    if (file >> n) return n;
    return std::nullopt;
}

}  // namespace

std::uint64_t MemoryNeed::keys_and_values() const noexcept {
    return (positions + kPage - 1) / kPage * page + state;
}

MemoryNeed memory_need(const formats::QuireFile& file, const model::Model& model,
                       std::size_t positions) {
    return {file.file_bytes(), positions, model.kv_layout.page_bytes, model.kv_layout.state_bytes};
}

std::optional<std::uint64_t> available_memory() {
    std::optional<std::uint64_t> least;
    std::ifstream info("/proc/meminfo");
    for (std::string word; info >> word;) {
        std::uint64_t kilobytes = 0;
        if (word == "MemAvailable:" && info >> kilobytes) least = kilobytes * 1024;
    }
    // source: the kernel's documentation of cgroup v2 and v1.
    for (const char* path :
         {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
        if (const auto limit = number_in(path)) least = std::min(least.value_or(*limit), *limit);
    }
    return least;
}

std::string shortage(const MemoryNeed& need, std::uint64_t available) {
    const std::uint64_t all = need.weights + need.keys_and_values();
    if (all <= available) return "";
    if (need.weights > available) {
        return fmt::format(
            "the weights take {}, and {} of memory are available: they will be read from the disk "
            "again and again, which is slow; pack --type q4 makes a smaller file",
            human_bytes(need.weights), human_bytes(available));
    }
    const std::uint64_t left = available - need.weights;
    const std::uint64_t pages =
        (left - std::min(left, need.state)) / std::max<std::uint64_t>(need.page, 1);
    return fmt::format(
        "weights ({}) and keys and values of {} tokens ({}) are more than the {} of memory that "
        "are available, enough for about {} tokens; a smaller -c or --kv-type q8 takes less",
        human_bytes(need.weights), with_commas(need.positions), human_bytes(need.keys_and_values()),
        human_bytes(available), with_commas(pages * kPage));
}

void warn_of_shortage(const MemoryNeed& need) {
    const auto available = available_memory();
    const std::string text = available ? shortage(need, *available) : "";
    if (!text.empty()) spdlog::warn("{}", text);
}

}  // namespace quire::common
