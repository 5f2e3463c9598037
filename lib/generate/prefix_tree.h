// Pages of keys and values by the tokens that lead to them: a radix tree whose edges are the 64
// tokens of one page. What many requests begin with is computed once: the first sequence that needs
// a page claims its node, computes it and fulfils it; the others wait for it and adopt it. Because
// the bits of a page depend on its tokens and those before alone, who computed it makes no
// difference.
//
// Pages stay after their sequences are gone, until the scheduler needs their room: then the one
// that was used longest ago goes, leaves before what they hang on.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "lib/kernels/kernels.h"
#include "lib/model/kv/kv_cache.h"

namespace quire::generate {

class PrefixTree {
  public:
    using PageTokens = std::array<std::uint32_t, kernels::kSpan>;

    class Node {
      public:
        bool ready() const noexcept { return page_ != nullptr; }
        const model::KvPage& page() const noexcept { return page_; }
        Node* parent() const noexcept { return parent_; }

      private:
        friend class PrefixTree;
        Node* parent_ = nullptr;
        PageTokens tokens_{};
        model::KvPage page_;
        std::map<PageTokens, std::unique_ptr<Node>> children_;
        std::size_t n_users_ = 0;
        std::uint64_t last_used_ = 0;
    };

    PrefixTree() : root_(std::make_unique<Node>()) {}
    Node* root() const noexcept { return root_.get(); }

    // The child of `at` over these 64 tokens, ready or claimed; null when there is none.
    Node* find(const Node* at, std::span<const std::uint32_t> tokens) const;
    // Makes that child, with one user; there must be none.
    Node* claim(Node* at, std::span<const std::uint32_t> tokens);
    void fulfil(Node* node, model::KvPage page);
    // Takes a claimed node back; it must have no children.
    void abandon(Node* node);

    // A node with users, or with children, stays.
    void retain(Node* node);
    void release(Node* node);
    // Lets the page go that was used longest ago; false when all are in use.
    bool evict_one();

    std::size_t n_pages() const noexcept { return n_pages_; }  // of ready nodes

  private:
    bool is_idle(const Node* node) const noexcept;
    void remove(Node* node);

    std::unique_ptr<Node> root_;
    std::set<std::pair<std::uint64_t, Node*>> idle_;  // those that may go, by last use
    std::uint64_t clock_ = 0;
    std::size_t n_pages_ = 0;
};

}  // namespace quire::generate
