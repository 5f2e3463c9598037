#include "lib/text/text_steps.h"

#include <numeric>
#include <utility>

namespace quire::text {

namespace {

// origins == nullptr: not wanted.
std::string run(std::span<const TextStep> steps, std::string_view section, bool at_start,
                bool continued, std::vector<std::size_t>* origins) {
    std::string text(section);
    if (origins != nullptr) {
        origins->resize(section.size() + 1);
        std::iota(origins->begin(), origins->end(), std::size_t{0});
    }
    if (text.empty()) return text;

    const auto prepend = [&](const std::string& prefix) {
        if (continued) return;
        text.insert(0, prefix);
        if (origins != nullptr) origins->insert(origins->begin(), prefix.size(), 0);
    };
    const auto replace = [&](const TextStep& step) {
        std::string out;
        std::vector<std::size_t> out_origins;
        std::size_t at = 0;
        while (true) {
            const std::size_t found = text.find(step.text, at);
            const std::size_t end = found == std::string::npos ? text.size() : found;
            out.append(text, at, end - at);
            if (origins != nullptr) {
                out_origins.insert(out_origins.end(),
                                   origins->begin() + static_cast<std::ptrdiff_t>(at),
                                   origins->begin() + static_cast<std::ptrdiff_t>(end));
            }
            if (found == std::string::npos) break;
            out += step.with;
            if (origins != nullptr) {
                out_origins.insert(out_origins.end(), step.with.size(), (*origins)[found]);
            }
            at = found + step.text.size();
        }
        if (origins != nullptr) {
            out_origins.push_back(origins->back());
            *origins = std::move(out_origins);
        }
        text = std::move(out);
    };

    for (const TextStep& step : steps) {
        switch (step.kind) {
            case TextStep::Kind::prepend:
                prepend(step.text);
                break;
            case TextStep::Kind::prepend_if_missing:
                if ((at_start || !step.at_start_only) && !text.starts_with(step.text)) {
                    prepend(step.text);
                }
                break;
            case TextStep::Kind::replace:
                replace(step);
                break;
        }
    }
    return text;
}

}  // namespace

std::string apply_steps(std::span<const TextStep> steps, std::string_view section, bool at_start,
                        bool continued) {
    return run(steps, section, at_start, continued, nullptr);
}

SteppedText apply_steps_traced(std::span<const TextStep> steps, std::string_view section,
                               bool at_start, bool continued) {
    SteppedText result;
    result.text = run(steps, section, at_start, continued, &result.origins);
    return result;
}

}  // namespace quire::text
