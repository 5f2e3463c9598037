#include "lib/generate/sampling/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace quire::generate {

StopMatcher::StopMatcher(std::vector<std::string> stops) : stops_(std::move(stops)) {
    std::erase_if(stops_, [](const std::string& stop) { return stop.empty(); });
}

std::string StopMatcher::push(std::string_view text) {
    if (stopped_) return {};
    held_ += text;
    // The stop string that ends first wins, and of those that end there the longest. So the result
    // does not depend on how the text was divided.
    std::size_t first = std::string::npos;
    std::size_t first_end = std::string::npos;
    std::size_t keep = 0;  // length of the longest end of the text that begins a stop string
    for (const std::string& stop : stops_) {
        const std::size_t at = held_.find(stop);
        if (at != std::string::npos && at + stop.size() <= first_end) {
            first = at + stop.size() < first_end ? at : std::min(first, at);
            first_end = at + stop.size();
        }
        const std::size_t longest = std::min(stop.size() - 1, held_.size());
        for (std::size_t n = longest; n > keep; --n) {
            if (std::string_view(held_).ends_with(std::string_view(stop).substr(0, n))) {
                keep = n;
                break;
            }
        }
    }
    if (first != std::string::npos) {
        stopped_ = true;
        held_.resize(first);
        return std::exchange(held_, {});
    }
    std::string out = held_.substr(0, held_.size() - keep);
    held_.erase(0, out.size());
    return out;
}

std::string StopMatcher::finish() {
    return std::exchange(held_, {});
}

}  // namespace quire::generate
