#include "tools/pack/progress.h"

#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cstdio>

#include "apps/common/units.h"

namespace quire::pack {

Progress::Progress(std::uint64_t total_bytes, std::size_t n_tensors)
    : total_bytes_(total_bytes), n_tensors_(n_tensors), live_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (live_ && drawn_percent_ >= 0) std::fputs("\r\033[K", stderr);
}

void Progress::add_bytes(std::uint64_t n) {
    bytes_ += n;
    draw();
}

void Progress::tensor_done() {
    ++tensors_;
    draw();
}

void Progress::draw() {
    if (!live_) return;
    const int percent = total_bytes_ == 0 ? 100
                                          : static_cast<int>(static_cast<double>(bytes_) * 100.0 /
                                                             static_cast<double>(total_bytes_));
    if (percent == drawn_percent_) return;
    drawn_percent_ = percent;
    const std::string bar(static_cast<std::size_t>(percent) / 4, '#');
    const std::string line = fmt::format("\r[{:<25}] {:3}%  {} of {}, {} of {} tensors\033[K", bar,
                                         percent, common::human_bytes(bytes_),
                                         common::human_bytes(total_bytes_), tensors_, n_tensors_);
    std::fputs(line.c_str(), stderr);
}

}  // namespace quire::pack
