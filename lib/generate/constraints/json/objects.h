// Objects: which names may come next, after those that are there, and what their values are. Members may
// come in any order, none twice.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/generate/constraints/json/goals.h"

namespace quire::constraints {

// What the value of the member `name` must follow.
Literals member_literals(Goals& goals, const ObjectPart& part, const std::string& name);

class ObjectShape {
  public:
    using Label = std::uint32_t;
    using State = std::uint32_t;  // members that are there
    static constexpr State kEmpty = 0;

    // Names the goals of its members.
    ObjectShape(const ObjectPart& part, Goals& goals);

    // Bytes of the shortest object, as far as its values' are known; kNever.
    std::uint64_t shortest(const Goals& goals) const;
    // Once those are final.
    void finish(const Goals& goals);
    bool possible() const noexcept { return possible_; }

    // The automaton of names, whose labels are those of the members; not empty() if any may be there.
    const CharDfa& names() const noexcept { return names_; }
    // What the value of a member may be, and which witnesses (bits) it then is.
    struct Variant {
        GoalId goal;
        std::uint32_t witnesses;
        std::uint64_t value_bytes = kNever;
    };
    // Those that are possible.
    const std::vector<Variant>& variants(Label label) const { return labels_[label].variants; }
    // Whether names of this label are any strings, from this state of names() on.
    bool is_free(std::uint32_t state, Label label) const;
    // Whether the text of names matters, because different ones must be counted.
    bool counts_names() const noexcept { return counts_names_; }

    bool may_close(State state) const { return states_[state].may_close; }
    bool may_add(State state) const { return states_[state].may_add; }
    bool allows(State state, Label label) const { return states_[state].allowed[label]; }
    // Whether some allowed name can follow in this state of names(); known: one that schemas mention.
    bool allows_some(State state, std::uint32_t name_state, bool known) const;
    bool is_known(Label label) const { return labels_[label].known; }
    // Whether a name was there; only where counts_names().
    bool has(State state, const std::string& name) const { return others(state).contains(name); }
    // The names that no schema mentions and that are there; only where counts_names().
    const std::set<std::string>& others(State state) const { return states_[state].members.others; }
    // With one more member, which is these witnesses; `name` matters only where counts_names().
    State with(State state, Label label, std::uint32_t witnesses, const std::string& name);

    // Bytes to the object's end from a place after a member.
    std::uint64_t rest(State state) const { return states_[state].rest; }
    // From a place inside a name.
    std::uint64_t rest_of_name(State state, std::uint32_t name_state);
    // The label that all names from here on have, if they have one.
    std::optional<Label> only_label(std::uint32_t name_state) const;

  private:
    struct LabelInfo {
        std::vector<Variant> variants;  // the first is no witness
        bool known = false;             // a name of its own
        std::u32string text;            // of a known one
        std::vector<Label> needs;
        std::uint64_t name_bytes = 0;  // with quotation marks
        std::uint64_t value_bytes = kNever;
        bool possible = false;  // a name has the label
        bool usable = false;
    };
    struct Reach {
        Label label;
        std::uint32_t n_bytes;
    };
    // The members that are there.
    struct Members {
        std::vector<bool> seen;  // by label; others stay false
        std::uint64_t n = 0;
        std::uint32_t missing = 0;  // witnesses
        std::set<std::string> others = {};

        auto operator<=>(const Members&) const = default;
    };
    struct StateInfo {
        Members members;
        std::vector<bool> allowed;
        bool may_close = false;
        bool may_add = false;
        std::uint64_t rest = kNever;
    };

    void collect_names(const ObjectPart& part, Goals& goals);
    void make_names(const ObjectPart& part, Goals& goals);
    void mark_usable(const Goals& goals);
    void find_reach();
    std::vector<bool> needed(const std::vector<bool>& seen) const;
    std::uint64_t cost(const Members& members) const;
    std::uint64_t witness_cost(const Members& members, const std::vector<bool>& needs,
                               std::uint64_t& n) const;
    std::uint64_t filling_cost(const Members& members, const std::vector<bool>& needs,
                               std::uint64_t n) const;
    std::vector<Variant> make_variants(const ObjectPart& part, const std::string* name,
                                       const std::function<bool(const std::string&)>& matches,
                                       Goals& goals) const;
    Members after(const Members& members, Label label, std::uint32_t witnesses) const;
    State intern(Members members);
    void fill(StateInfo& info) const;

    std::vector<LabelInfo> labels_;
    std::vector<Label> required_;
    std::uint64_t min_;
    std::uint64_t max_;
    std::size_t n_known_ = 0;
    std::uint32_t all_witnesses_ = 0;
    CharDfa names_;
    std::vector<std::vector<Reach>> reach_;  // by state of names_
    std::vector<bool> free_;                 // the same: all strings, with one label
    bool counts_names_ = false;
    bool has_needs_ = false;
    bool possible_ = false;
    std::vector<StateInfo> states_;
    std::map<Members, State> ids_;
};

}  // namespace quire::constraints
