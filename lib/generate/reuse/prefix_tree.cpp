#include "lib/generate/reuse/prefix_tree.h"

#include <algorithm>

#include "lib/base/assert.h"

namespace quire::generate {

namespace {

PrefixTree::PageTokens key_of(std::span<const std::uint32_t> tokens) {
    PrefixTree::PageTokens key;
    QUIRE_ASSERT(tokens.size() == key.size());
    std::copy_n(tokens.begin(), key.size(), key.begin());
    return key;
}

}  // namespace

PrefixTree::Node* PrefixTree::find(const Node* at, std::span<const std::uint32_t> tokens) const {
    const auto found = at->children_.find(key_of(tokens));
    return found == at->children_.end() ? nullptr : found->second.get();
}

PrefixTree::Node* PrefixTree::claim(Node* at, std::span<const std::uint32_t> tokens) {
    QUIRE_ASSERT(find(at, tokens) == nullptr);
    idle_.erase({at->last_used_, at});
    auto node = std::make_unique<Node>();
    node->parent_ = at;
    node->tokens_ = key_of(tokens);
    node->n_users_ = 1;
    return at->children_.emplace(node->tokens_, std::move(node)).first->second.get();
}

void PrefixTree::publish(Node* node, model::KvPage page) {
    QUIRE_ASSERT(!node->ready() && page != nullptr);
    node->page_ = std::move(page);
    ++n_pages_;
}

void PrefixTree::keep_state(Node* node, model::KvPage state) {
    QUIRE_ASSERT(node->ready() && state != nullptr);
    if (node->state_ == nullptr) ++n_states_;
    node->state_ = std::move(state);
    node->wanted = false;
}

void PrefixTree::abandon(Node* node) {
    QUIRE_ASSERT(!node->ready() && node->children_.empty());
    node->n_users_ = 0;
    remove(node);
}

void PrefixTree::retain(Node* node) {
    idle_.erase({node->last_used_, node});
    ++node->n_users_;
}

void PrefixTree::release(Node* node) {
    QUIRE_ASSERT(node->n_users_ > 0);
    --node->n_users_;
    node->last_used_ = ++clock_;
    if (is_idle(node)) idle_.emplace(node->last_used_, node);
}

bool PrefixTree::evict_one() {
    if (idle_.empty()) return false;
    Node* node = idle_.begin()->second;
    idle_.erase(idle_.begin());
    --n_pages_;
    if (node->state_ != nullptr) --n_states_;
    remove(node);
    return true;
}

bool PrefixTree::is_idle(const Node* node) const noexcept {
    return node != root_.get() && node->ready() && node->n_users_ == 0 && node->children_.empty();
}

void PrefixTree::remove(Node* node) {
    Node* parent = node->parent_;
    const PageTokens key = node->tokens_;
    parent->last_used_ = std::max(parent->last_used_, node->last_used_);
    parent->children_.erase(key);
    if (is_idle(parent)) idle_.emplace(parent->last_used_, parent);
}

}  // namespace quire::generate
