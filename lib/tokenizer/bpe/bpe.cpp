#include "lib/tokenizer/bpe/bpe.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace quire::tokenizer {

namespace {

// A block consists of this many new symbols, preceded by the last symbols of the block before it.
constexpr std::size_t kBlock = 512;
constexpr std::size_t kAgain = 64;
static_assert(kBlock + kAgain < MergeBlock::kMaxSymbols);

}  // namespace

void BpeMerger::merge(std::vector<std::uint32_t>& symbols) {
    if (symbols.size() < 2) return;
    if (symbols.size() <= ShortMerge::kMaxSymbols) return merge_short(symbols);
    if (!merge_blocks(symbols)) return merge_by_queue(symbols);
    symbols.resize(merged_.size());
    std::transform(merged_.begin(), merged_.end(), symbols.begin(),
                   [](const Merged& merged) { return merged.symbol; });
}

void BpeMerger::merge_short(std::vector<std::uint32_t>& symbols) {
    short_.start(symbols, pairs_);
    while (short_.step(pairs_)) {
    }
    symbols.resize(ShortMerge::kMaxSymbols);
    symbols.resize(short_.symbols(symbols.data()));
}

// Removes symbols from the end of merged_ until they cover at least n_symbols unmerged symbols (or
// all), and moves `at`, where the next block begins, back by as many. Returns the length of the
// first symbol removed, or 0 if merged_ is empty now.
std::size_t BpeMerger::take_back(std::size_t n_symbols, std::size_t& at) {
    std::size_t taken = 0;
    std::size_t first = 0;
    while (taken < n_symbols && !merged_.empty()) {
        first = merged_.back().n_symbols;
        taken += first;
        merged_.pop_back();
    }
    at -= taken;
    return merged_.empty() ? 0 : first;
}

// Leaves the encoding in merged_. False if blocks of the largest size do not fit together.
bool BpeMerger::merge_blocks(std::span<const std::uint32_t> symbols) {
    merged_.clear();
    std::size_t at = 0;
    std::size_t reached = 0;  // end of the furthest block
    std::size_t again = kAgain;
    std::size_t expected = 0;  // length of the next block's first symbol; 0: any
    while (true) {
        const std::size_t n = std::min(symbols.size(), reached + kBlock) - at;
        if (n > MergeBlock::kMaxSymbols) return false;
        block_.merge(symbols.subspan(at, n), pairs_);
        if (expected != 0 && block_.length(0) != expected) {
            again *= 2;
            expected = take_back(again, at);
            continue;
        }
        for (std::uint32_t i = 0; i < n; i += block_.length(i)) {
            merged_.push_back({block_.symbol(i), block_.length(i)});
        }
        at += n;
        if (at == symbols.size()) return true;
        reached = at;
        again = kAgain;
        expected = take_back(again, at);
    }
}

void BpeMerger::Queue::clear() {
    waiting_.clear();
    ranks_.clear();
    now_.clear();
    late_.clear();
    at_ = 0;
    started_ = false;
}

void BpeMerger::Queue::push(std::uint32_t rank, std::uint32_t left) {
    if (started_ && rank <= rank_) {
        late_.push_back((std::uint64_t{rank} << 32) | left);
        std::push_heap(late_.begin(), late_.end(), std::greater<>());
        return;
    }
    const auto [list, is_new] = waiting_.try_emplace(rank);
    list->second.push_back(left);
    if (!is_new) return;
    ranks_.push_back(rank);
    std::push_heap(ranks_.begin(), ranks_.end(), std::greater<>());
}

bool BpeMerger::Queue::pop(std::uint64_t& entry) {
    if (at_ == now_.size() && late_.empty()) {
        if (ranks_.empty()) return false;
        rank_ = ranks_.front();
        std::pop_heap(ranks_.begin(), ranks_.end(), std::greater<>());
        ranks_.pop_back();
        const auto list = waiting_.find(rank_);
        now_ = std::move(list->second);
        waiting_.erase(list);
        if (!std::is_sorted(now_.begin(), now_.end())) std::sort(now_.begin(), now_.end());
        at_ = 0;
        started_ = true;
    }
    const bool has_now = at_ < now_.size();
    const std::uint64_t next = has_now ? (std::uint64_t{rank_} << 32) | now_[at_] : 0;
    if (!late_.empty() && (!has_now || late_.front() < next)) {
        entry = late_.front();
        std::pop_heap(late_.begin(), late_.end(), std::greater<>());
        late_.pop_back();
        return true;
    }
    entry = next;
    ++at_;
    return true;
}

void BpeMerger::merge_by_queue(std::vector<std::uint32_t>& symbols) {
    const auto n = static_cast<std::uint32_t>(symbols.size());
    const auto set_pair = [&](std::uint32_t left) {
        Link& link = links_[left];
        const MergeTable::Result pair =
            link.next < n ? pairs_.find(symbols[left], symbols[link.next]) : MergeTable::Result{};
        link.rank = pair.rank;
        link.merged = pair.merged;
        return pair.rank != MergeTable::kNoRank;
    };
    links_.resize(n);
    queue_.clear();
    for (std::uint32_t i = 0; i < n; ++i) {
        links_[i].previous = i == 0 ? n : i - 1;
        links_[i].next = i + 1;
        if (set_pair(i)) queue_.push(links_[i].rank, i);
    }

    for (std::uint64_t top = 0; queue_.pop(top);) {
        const auto left = static_cast<std::uint32_t>(top);
        Link& link = links_[left];
        // Skip entries whose pair has changed since; the new pair has an entry of its own.
        if (link.rank != top >> 32) continue;
        const std::uint32_t right = link.next;
        symbols[left] = link.merged;
        link.next = links_[right].next;
        links_[right].rank = MergeTable::kNoRank;
        if (link.next < n) links_[link.next].previous = left;
        if (set_pair(left)) queue_.push(link.rank, left);
        if (link.previous < n && set_pair(link.previous)) {
            queue_.push(links_[link.previous].rank, link.previous);
        }
    }

    std::size_t kept = 0;
    for (std::uint32_t i = 0; i < n; i = links_[i].next) symbols[kept++] = symbols[i];
    symbols.resize(kept);
}

void merge_slowly(std::vector<std::uint32_t>& symbols, const MergeTable& merges) {
    while (true) {
        MergeTable::Result best;
        std::size_t best_at = 0;
        for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
            const MergeTable::Result pair = merges.find(symbols[i], symbols[i + 1]);
            if (pair.rank < best.rank) {
                best = pair;
                best_at = i;
            }
        }
        if (best.rank == MergeTable::kNoRank) return;
        symbols[best_at] = best.merged;
        symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best_at) + 1);
    }
}

}  // namespace quire::tokenizer
