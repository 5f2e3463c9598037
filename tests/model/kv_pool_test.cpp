#include "lib/model/kv/kv_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

using namespace quire;

namespace {

// Many pages in a huge page, pages that do not fill one, and a page larger than one.
constexpr std::size_t kSizes[] = {1, 64, 10'000, 1'474'560, 5'000'000};

}  // namespace

TEST_CASE("kv pool: pages do not overlap, are aligned and are zero at first") {
    for (const std::size_t bytes : kSizes) {
        CAPTURE(bytes);
        const auto pool = std::make_shared<model::KvPool>(bytes);
        std::vector<model::KvPage> pages;
        for (int i = 0; i < 20; ++i) {
            pages.push_back(pool->take());
            CHECK(reinterpret_cast<std::uintptr_t>(pages.back().get()) % 64 == 0);
            std::fill_n(pages.back().get(), bytes, static_cast<std::byte>(i));
        }
        for (std::size_t i = 0; i < pages.size(); ++i) {
            const std::byte* page = pages[i].get();
            CHECK(std::all_of(page, page + bytes,
                              [&](auto x) { return x == static_cast<std::byte>(i); }));
        }
        CHECK(*pool->take().get() == std::byte{});
    }
}

TEST_CASE("kv pool: returned pages are reused, and a page outlives the pool's owner") {
    auto pool = std::make_shared<model::KvPool>(100'000);
    std::set<const std::byte*> seen;
    for (int round = 0; round < 50; ++round) {
        std::vector<model::KvPage> pages;
        for (int i = 0; i < 8; ++i) seen.insert(pages.emplace_back(pool->take()).get());
    }
    CHECK(seen.size() == 8);
    const model::KvPage last = pool->take();
    pool.reset();
    last[0] = std::byte{7};
    CHECK(last[0] == std::byte{7});
}
