// What the values of a text may be. A goal is a set of schemas that one value must follow, or must not
// follow; its alternatives name the goals of members and items. There are as many goals as different
// sets come up, so a schema that refers to itself gives few.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "lib/generate/constraints/json/branch.h"
#include "lib/generate/constraints/json/expander.h"
#include "lib/generate/constraints/json/scalars.h"
#include "lib/generate/constraints/text/text_source.h"

namespace quire::constraints {

using GoalId = std::uint32_t;

inline constexpr std::uint64_t kNever = UINT64_MAX / 4;  // bytes of a value that does not exist

class ObjectShape;
class ArrayShape;

struct Goal {
    Literals literals;
    std::vector<Item> plain;             // where null, true, false and numbers begin
    std::vector<Item> strings;           // where strings begin, after their quotation mark
    std::vector<std::uint32_t> objects;  // shapes that can be
    std::vector<std::uint32_t> arrays;
    std::uint64_t shortest = kNever;  // bytes of the shortest value
};

class Goals final : public DisjointTest {
  public:
    static constexpr std::size_t kMostGoals = 20'000;

    // The arguments must outlive the object.
    Goals(Document& document, TextSource& texts);
    ~Goals();

    GoalId id_of(Literals literals);
    // Works out all goals that are known, and those that they name. Throws SchemaFault.
    void finish();

    const Goal& goal(GoalId id) const { return goals_[id]; }
    std::uint64_t shortest(GoalId id) const { return goals_[id].shortest; }
    ObjectShape& object(std::uint32_t i) const { return *objects_[i]; }
    ArrayShape& array(std::uint32_t i) const { return *arrays_[i]; }

    Document& document() noexcept { return document_; }
    Scalars& scalars() noexcept { return scalars_; }
    TextSource& texts() noexcept { return texts_; }
    // The names that the members of an object may have; nothing: all.
    std::optional<CharDfa> names_of(const ObjectPart& part);

    bool disjoint(const Literal& a, const Literal& b) override;

  private:
    void work_out(GoalId id);
    void add_scalars(Goal& goal, const Branch& branch);
    void add_plain(Goal& goal, std::uint8_t words, const std::vector<const CharDfa*>& numbers);
    bool empty(const Literals& literals, int depth);
    bool empty(const Branch& branch, int depth);
    void find_shortest();

    Document& document_;
    TextSource& texts_;
    Scalars scalars_;
    Expander expander_;
    std::map<Literals, GoalId> ids_;
    std::vector<Goal> goals_;
    std::size_t n_done_ = 0;
    std::vector<std::unique_ptr<ObjectShape>> objects_;
    std::vector<std::unique_ptr<ArrayShape>> arrays_;
    std::map<ObjectPart, std::uint32_t> object_ids_;
    std::map<ArrayPart, std::uint32_t> array_ids_;
    std::map<std::pair<std::uint8_t, std::vector<const CharDfa*>>, std::uint32_t> plain_kinds_;
    std::map<const StringSet*, std::uint32_t> string_kinds_;
    std::map<Literals, bool> empty_;
    int depth_ = 0;
};

}  // namespace quire::constraints
