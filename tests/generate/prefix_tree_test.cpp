#include "lib/generate/reuse/prefix_tree.h"

#include <doctest/doctest.h>

#include <vector>

using namespace quire;

namespace {

std::vector<std::uint32_t> page_of(std::uint32_t first) {
    std::vector<std::uint32_t> tokens(kernels::kSpanPositions);
    for (std::uint32_t i = 0; i < tokens.size(); ++i) tokens[i] = first + i;
    return tokens;
}

model::KvPage some_page() {
    return model::KvPage(new std::byte[1]{});
}

}  // namespace

TEST_CASE("prefix tree: a claimed node is found by its tokens, and ready once published") {
    generate::PrefixTree tree;
    CHECK(tree.find(tree.root(), page_of(0)) == nullptr);
    auto* node = tree.claim(tree.root(), page_of(0));
    CHECK(tree.find(tree.root(), page_of(0)) == node);
    CHECK(tree.find(tree.root(), page_of(1)) == nullptr);
    CHECK(!node->ready());
    tree.publish(node, some_page());
    CHECK(node->ready());
    CHECK(tree.n_pages() == 1);
    CHECK(tree.find(node, page_of(0)) == nullptr);
}

TEST_CASE("prefix tree: evicts the least recently used page, leaves first, and none in use") {
    generate::PrefixTree tree;
    const auto grow = [&](generate::PrefixTree::Node* at, std::uint32_t first) {
        auto* node = tree.claim(at, page_of(first));
        tree.publish(node, some_page());
        return node;
    };
    auto* old_trunk = grow(tree.root(), 0);
    auto* leaf = grow(old_trunk, 64);
    auto* other = grow(tree.root(), 1000);
    CHECK(!tree.evict_one());
    tree.release(leaf);
    tree.release(other);
    tree.release(old_trunk);
    tree.retain(other);
    CHECK(tree.evict_one());  // the leaf: its trunk has a child until then
    CHECK(tree.find(old_trunk, page_of(64)) == nullptr);
    CHECK(tree.evict_one());
    CHECK(tree.find(tree.root(), page_of(0)) == nullptr);
    CHECK(!tree.evict_one());
    tree.release(other);
    CHECK(tree.evict_one());
    CHECK(tree.n_pages() == 0);
}

TEST_CASE("prefix tree: an abandoned page can be claimed again") {
    generate::PrefixTree tree;
    auto* node = tree.claim(tree.root(), page_of(0));
    tree.abandon(node);
    CHECK(tree.find(tree.root(), page_of(0)) == nullptr);
    CHECK(tree.claim(tree.root(), page_of(0)) != nullptr);
}

TEST_CASE("prefix tree: a state belongs to a page and goes with it") {
    generate::PrefixTree tree;
    auto* first = tree.claim(tree.root(), page_of(0));
    auto* second = tree.claim(first, page_of(64));
    tree.publish(first, some_page());
    tree.publish(second, some_page());
    CHECK(second->state() == nullptr);
    second->wanted = true;
    tree.keep_state(second, some_page());
    CHECK(second->state() != nullptr);
    CHECK(!second->wanted);
    CHECK(tree.n_states() == 1);
    tree.release(second);
    tree.release(first);
    CHECK(tree.evict_one());
    CHECK(tree.n_states() == 0);
    CHECK(tree.n_pages() == 1);
}
