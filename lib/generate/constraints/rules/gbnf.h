// The frames of a grammar: one for each rule that is called. Its items are sets of places in the rule,
// so that alternatives with a common beginning stay together.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "lib/generate/constraints/machine/item.h"
#include "lib/generate/constraints/rules/byte_nfa.h"

namespace quire::constraints {

class GrammarSource : public Source {
  public:
    static constexpr std::size_t kMostItems = 20'000;

    // Throws Unusable and TooLarge.
    explicit GrammarSource(std::string_view grammar);

    // Where the rule "root" begins.
    Item start() const { return item_of(number, 0); }

    Moves moves(std::uint32_t local) override;
    std::uint32_t rest(std::uint32_t local) override;

  private:
    using Set = std::vector<ByteNfa::State>;
    struct LocalCall {
        std::uint32_t rule;
        std::uint32_t then;
    };
    struct Entry {
        Set states;  // without those from which the rule cannot end
        std::uint32_t rule;
        std::vector<Arc> arcs;  // to local numbers
        std::vector<LocalCall> calls;
        bool ends = false;
        std::uint64_t rest = 0;
    };
    std::uint32_t intern(Set states, std::uint32_t rule);
    void fill(std::uint32_t local);

    ByteNfa nfa_;
    std::vector<Entry> entries_;
    std::vector<std::uint32_t> starts_;  // of each rule
    std::map<Set, std::uint32_t> numbers_;
};

}  // namespace quire::constraints
