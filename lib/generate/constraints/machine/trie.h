// Texts as a tree of their bytes, in an order in which every subtree is one range.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace quire::constraints {

class Trie {
  public:
    struct Node {
        std::uint32_t end = 0;  // the node after this one's subtree
        std::uint32_t first =
            0;  // place of its first token in tokens(); up to that of the next node
        std::uint16_t depth = 0;  // bytes that lead here, at least 1
        std::uint8_t byte = 0;    // the last of them
    };
    using Entry = std::pair<std::string_view, std::uint32_t>;  // text and token

    Trie() = default;
    // Empty texts are left out. A text has at most 65535 bytes.
    explicit Trie(std::vector<Entry> entries);

    std::span<const Node> nodes() const noexcept { return nodes_; }
    // In the order of their texts.
    std::span<const std::uint32_t> tokens() const noexcept { return tokens_; }
    std::span<const std::uint32_t> tokens_at(std::size_t node) const noexcept {
        return tokens(nodes_[node].first, first_after(node + 1));
    }
    // Of the node and all below it.
    std::span<const std::uint32_t> tokens_below(std::size_t node) const noexcept {
        return tokens(nodes_[node].first, first_after(nodes_[node].end));
    }
    std::size_t max_depth() const noexcept { return max_depth_; }

  private:
    std::uint32_t first_after(std::size_t node) const noexcept {
        return node < nodes_.size() ? nodes_[node].first
                                    : static_cast<std::uint32_t>(tokens_.size());
    }
    std::span<const std::uint32_t> tokens(std::uint32_t begin, std::uint32_t end) const noexcept {
        return std::span(tokens_).subspan(begin, end - begin);
    }

    std::vector<Node> nodes_;
    std::vector<std::uint32_t> tokens_;
    std::size_t max_depth_ = 0;
};

}  // namespace quire::constraints
