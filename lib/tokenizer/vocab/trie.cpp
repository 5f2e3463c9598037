#include "lib/tokenizer/vocab/trie.h"

#include <algorithm>

#include "lib/base/byte_writer.h"
#include "lib/base/error.h"

namespace quire::tokenizer {

namespace {

constexpr std::uint32_t kMaxUnits = (1 << 24) - 256;
constexpr std::uint32_t kNoChildren = (1 << 24) - 1;
constexpr std::uint32_t kBlock = 256;  // all children of a unit are in one block

using Keys = std::vector<std::pair<std::string_view, std::uint32_t>>;

// Keys [begin, end) share their first `depth` bytes, which lead to `node`.
struct Branch {
    std::uint32_t node = 0;
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t depth = 0;
};

class TrieBuilder {
  public:
    explicit TrieBuilder(const Keys& keys) : keys_(keys) {
        add_block();
        take(Trie::kRoot);
        units_[Trie::kRoot].link = kNoChildren << 8;
    }

    std::vector<TrieUnit> run() {
        open_.push_back({Trie::kRoot, 0, keys_.size(), 0});
        while (!open_.empty()) {
            const Branch branch = open_.back();
            open_.pop_back();
            expand(branch);
        }
        return std::move(units_);
    }

  private:
    void expand(Branch branch) {
        if (branch.begin < branch.end && keys_[branch.begin].first.size() == branch.depth) {
            units_[branch.node].value = keys_[branch.begin].second;
            ++branch.begin;
        }
        std::vector<Branch> children;
        std::vector<unsigned char> labels;
        for (std::size_t i = branch.begin; i < branch.end;) {
            const auto label = static_cast<unsigned char>(keys_[i].first[branch.depth]);
            std::size_t end = i + 1;
            while (end < branch.end &&
                   static_cast<unsigned char>(keys_[end].first[branch.depth]) == label) {
                ++end;
            }
            labels.push_back(label);
            children.push_back({0, i, end, branch.depth + 1});
            i = end;
        }
        if (labels.empty()) return;
        const std::uint32_t base = find_base(labels);
        is_base_[base] = true;
        units_[branch.node].link = base << 8 | (units_[branch.node].link & 0xFF);
        for (std::size_t i = 0; i < labels.size(); ++i) {
            children[i].node = base ^ labels[i];
            take(children[i].node);
            units_[children[i].node].link = kNoChildren << 8 | labels[i];
            open_.push_back(children[i]);
        }
    }

    // Returns a base that no other unit has and whose children by `labels` are free.
    std::uint32_t find_base(const std::vector<unsigned char>& labels) {
        while (n_free_[first_open_] == 0 && first_open_ + 1 < n_free_.size()) ++first_open_;
        // Skip blocks that are nearly full: searching them costs more than the room they save.
        const std::size_t from =
            std::max(first_open_, n_free_.size() - std::min<std::size_t>(n_free_.size(), 32));
        for (std::size_t block = from;; ++block) {
            if (block == n_free_.size()) add_block();
            if (n_free_[block] < labels.size()) continue;
            const auto first = static_cast<std::uint32_t>(block * kBlock);
            for (std::uint32_t i = 0; i < kBlock; ++i) {
                const std::uint32_t base = (first + i) ^ labels.front();
                if (taken_[first + i] || is_base_[base]) continue;
                if (std::none_of(labels.begin(), labels.end(),
                                 [&](unsigned char c) { return taken_[base ^ c]; })) {
                    return base;
                }
            }
        }
    }

    void add_block() {
        if (units_.size() >= kMaxUnits) {
            throw Error(ErrorCode::model, "tokenizer.trie", "would be too large");
        }
        for (std::uint32_t i = 0; i < kBlock; ++i) units_.push_back({.link = i});
        taken_.resize(units_.size());
        is_base_.resize(units_.size());
        is_base_[units_.size() - kBlock] = true;  // no base is a multiple of 256: see trie.h
        n_free_.push_back(kBlock);
    }

    void take(std::uint32_t unit) {
        taken_[unit] = true;
        --n_free_[unit / kBlock];
    }

    const Keys& keys_;
    std::vector<Branch> open_;
    std::vector<TrieUnit> units_;
    std::vector<bool> taken_;
    std::vector<bool> is_base_;
    std::vector<std::uint32_t> n_free_;  // number of free units of each block
    std::size_t first_open_ = 0;         // no block before it has a free unit
};

}  // namespace

Trie::Trie(base::Bytes bytes, const std::string& where) {
    base::ByteReader reader(bytes, where);
    const auto n_units = reader.read<std::uint32_t>("number of units");
    if (n_units < 1 || n_units > kMaxUnits) reader.fail("number of units out of range");
    if (reader.read<std::uint32_t>("reserved") != 0) reader.fail("reserved: expected 0");
    units_ = {reader, n_units, "units"};
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
}

std::vector<std::byte> build_trie(Keys keys) {
    std::stable_sort(keys.begin(), keys.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Keys unique;
    for (const auto& key : keys) {
        if (key.first.empty()) continue;
        if (!unique.empty() && unique.back().first == key.first) unique.pop_back();
        unique.push_back(key);
    }
    const std::vector<TrieUnit> units = TrieBuilder(unique).run();
    base::ByteWriter out;
    out.put(static_cast<std::uint32_t>(units.size()));
    out.put(std::uint32_t{0});
    for (const TrieUnit& unit : units) {
        out.put(unit.link);
        out.put(unit.value);
    }
    return std::move(out).take();
}

}  // namespace quire::tokenizer
