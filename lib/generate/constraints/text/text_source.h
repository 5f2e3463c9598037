// Frames whose text an automaton describes: strings of JSON, numbers, whole texts.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "lib/generate/constraints/machine/item.h"
#include "lib/generate/constraints/text/text_walk.h"

namespace quire::constraints {

// An automaton, and how its texts are written.
struct TextKind {
    CharDfa dfa;
    Spelling spelling = Spelling::plain;
    std::vector<std::uint32_t> shortest = {};  // of dfa
    std::vector<bool> free = {};               // the states from which any text is accepted
};

class TextSource : public Source {
  public:
    // Has the kind 0: any JSON string.
    TextSource();

    // The number of a new kind. The automaton must not be empty.
    std::uint32_t add(CharDfa dfa, Spelling spelling);
    const TextKind& kind(std::uint32_t which) const { return *kinds_[which]; }

    // Where a text of this kind begins, behind the opening quotation mark of a JSON string.
    Item start(std::uint32_t kind, std::uint32_t min_length = 0,
               std::uint32_t max_length = kNoLimit);
    // Somewhere inside.
    Item at(std::uint32_t kind, const TextPlace& place);
    // Where any JSON string begins, after its opening quotation mark; the same in every machine in
    // which this is the first source.
    static constexpr std::uint32_t kAnyString = 0;

    // How many characters may still come, where this is inside any string of limited length, between
    // two characters.
    struct Limits {
        std::uint32_t min_left;
        std::uint32_t max_left;
    };
    const Limits* limits(std::uint32_t local);

    Moves moves(std::uint32_t local) override;
    std::uint32_t rest(std::uint32_t local) override;

  private:
    struct Entry {
        std::uint32_t kind;
        TextPlace place;
        bool closed = false;  // after the closing quotation mark
    };
    bool may_end(const Entry& entry) const;
    std::uint64_t rest_between(const TextKind& kind, const TextPlace& place) const;

    std::vector<std::unique_ptr<TextKind>> kinds_;
    std::vector<Entry> entries_;
    std::vector<std::unordered_map<TextPlace, std::uint32_t, TextPlaceHash>> numbers_;  // by kind
    Limits limits_{};
};

}  // namespace quire::constraints
