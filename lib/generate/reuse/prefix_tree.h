// Finds pages of keys and values by the tokens that lead to them: a radix tree whose edges are the
// 64 tokens of one page. The common beginning of many requests is computed once: the first sequence
// that needs a page claims its node, computes the page and publishes it; the others wait for it and
// adopt it. The bits of a page depend only on its tokens and those before them, so it does not
// matter which sequence computed it.
//
// A sequence with a recurrent state goes on from a page's end only with the state there, which a node
// may hold beside its page. Few nodes do, as a state may be as large as many pages.
//
// Pages outlive their sequences until the scheduler needs their memory: it then evicts the least
// recently used pages, leaves first.
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
    using PageTokens = std::array<std::uint32_t, kernels::kSpanPositions>;

    class Node {
      public:
        bool ready() const noexcept { return page_ != nullptr; }
        const model::KvPage& page() const noexcept { return page_; }
        const model::KvPage& state() const noexcept { return state_; }  // null: not kept
        Node* parent() const noexcept { return parent_; }

        // A running sequence computes this page, for the first time or again on its way to others.
        bool walked = false;
        // The state at its end should be kept.
        bool wanted = false;

      private:
        friend class PrefixTree;
        Node* parent_ = nullptr;
        PageTokens tokens_{};
        model::KvPage page_;
        model::KvPage state_;
        std::map<PageTokens, std::unique_ptr<Node>> children_;
        std::size_t n_users_ = 0;
        std::uint64_t last_used_ = 0;
    };

    PrefixTree() : root_(std::make_unique<Node>()) {}
    Node* root() const noexcept { return root_.get(); }

    // The child of `at` for these 64 tokens, ready or only claimed; null when there is none.
    Node* find(const Node* at, std::span<const std::uint32_t> tokens) const;
    // Adds that child, with one user; there must be none yet.
    Node* claim(Node* at, std::span<const std::uint32_t> tokens);
    // Gives a claimed node its page.
    void publish(Node* node, model::KvPage page);
    // Gives a ready node the state at its end.
    void keep_state(Node* node, model::KvPage state);
    // Removes a claimed node that has no page; it must have no children.
    void abandon(Node* node);

    // Adds and removes a user. Nodes with users or children are never evicted.
    void retain(Node* node);
    void release(Node* node);
    // Evicts the least recently used page with its state; false when all are in use.
    bool evict_one();

    std::size_t n_pages() const noexcept { return n_pages_; }  // of ready nodes
    std::size_t n_states() const noexcept { return n_states_; }

  private:
    bool is_idle(const Node* node) const noexcept;
    void remove(Node* node);

    std::unique_ptr<Node> root_;
    std::set<std::pair<std::uint64_t, Node*>> idle_;  // nodes that may be evicted, by last use
    std::uint64_t clock_ = 0;
    std::size_t n_pages_ = 0;
    std::size_t n_states_ = 0;
};

}  // namespace quire::generate
