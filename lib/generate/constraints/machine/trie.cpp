#include "lib/generate/constraints/machine/trie.h"

#include <algorithm>

namespace quire::constraints {

Trie::Trie(std::vector<Entry> entries) {
    constexpr std::size_t kMostBytes = 65535;
    std::erase_if(entries, [](const Entry& entry) {
        return entry.first.empty() || entry.first.size() > kMostBytes;
    });
    std::sort(entries.begin(), entries.end());
    std::vector<std::uint32_t> open;  // the nodes that lead to the last text
    std::string_view before;
    const auto close = [&](std::size_t depth) {
        while (open.size() > depth) {
            nodes_[open.back()].end = static_cast<std::uint32_t>(nodes_.size());
            open.pop_back();
        }
    };
    for (const auto& [text, token] : entries) {
        const auto common = static_cast<std::size_t>(
            std::mismatch(text.begin(), text.end(), before.begin(), before.end()).first -
            text.begin());
        close(common);
        for (std::size_t i = common; i < text.size(); ++i) {
            open.push_back(static_cast<std::uint32_t>(nodes_.size()));
            nodes_.push_back({0, static_cast<std::uint32_t>(tokens_.size()),
                              static_cast<std::uint16_t>(i + 1),
                              static_cast<std::uint8_t>(text[i])});
        }
        tokens_.push_back(token);
        max_depth_ = std::max(max_depth_, text.size());
        before = text;
    }
    close(0);
}

}  // namespace quire::constraints
