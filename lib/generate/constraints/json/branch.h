// What a value must be, without alternatives: the conditions that several schemas put on it together.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/generate/constraints/json/document.h"

namespace quire::constraints {

// A schema that a value must follow, or must not follow.
struct Literal {
    Node schema = 0;
    bool negative = false;

    auto operator<=>(const Literal&) const = default;
};
using Literals = std::vector<Literal>;  // all of them; sorted, none twice

// Bits of the types of values.
enum Type : std::uint8_t {
    kNull = 1,
    kFalse = 2,
    kTrue = 4,
    kNumber = 8,
    kString = 16,
    kArray = 32,
    kObject = 64,
    kAllTypes = 127,
};

inline constexpr std::uint64_t kNoBound = UINT64_MAX;

// A keyword of a schema that concerns numbers or strings, or its opposite.
struct Atom {
    Node schema = 0;
    std::string keyword;
    bool negative = false;

    auto operator<=>(const Atom&) const = default;
};

// Keywords that say which schema a member or an item has: properties, patternProperties and
// additionalProperties, or prefixItems and items. Or unevaluatedProperties or unevaluatedItems, which
// concerns what the other ones, `covers`, leave over.
struct Group {
    Node schema = 0;
    bool annotates = true;  // what it concerns counts as evaluated
    bool unevaluated = false;
    bool covers_all = false;
    std::vector<Node> covers = {};
    std::vector<Node> covers_contains = {};  // items that follow the `contains` of these

    auto operator<=>(const Group&) const = default;
};

// At least one of the members that a group concerns must follow `member`: those that match `pattern`, or
// without one those that additionalProperties or unevaluatedProperties concern.
struct Witness {
    Group group;
    std::string pattern = {};
    Literal member;

    auto operator<=>(const Witness&) const = default;
};

struct Contains {
    Literal item;
    std::uint64_t min = 1;
    std::uint64_t max = kNoBound;
    Node schema = 0;  // which has the keyword
    bool annotates = true;
    bool exact = false;  // whether an item counts must be known

    auto operator<=>(const Contains&) const = default;
};

struct ObjectPart {
    std::vector<Group> groups;
    std::set<std::string> required;
    std::set<std::string> absent;
    std::vector<std::pair<std::string, Literal>> members;  // if the member is there
    std::vector<Literal> names;
    std::vector<Witness> witnesses;
    std::vector<std::pair<std::string, std::string>> dependent;  // the first needs the second
    std::uint64_t min = 0;
    std::uint64_t max = kNoBound;

    auto operator<=>(const ObjectPart&) const = default;
};

struct ArrayPart {
    std::vector<Group> groups;
    std::vector<std::pair<std::size_t, Literal>> items;  // if there is such an item
    std::vector<Contains> contains;
    std::vector<Node> unique;  // schemas that want items to differ
    std::uint64_t min = 0;
    std::uint64_t max = kNoBound;

    auto operator<=>(const ArrayPart&) const = default;
};

struct Branch {
    std::uint8_t types = kAllTypes;
    std::vector<Atom> numbers;
    std::vector<Atom> strings;
    ArrayPart array;
    ObjectPart object;

    auto operator<=>(const Branch&) const = default;
};
using Branches = std::vector<Branch>;  // alternatives

// All conditions of both.
Branch merged(const Branch& a, const Branch& b);
// Every branch of one with every branch of the other, without those that no value can follow.
// TooLarge beyond kMostBranches.
Branches crossed(const Branches& a, const Branches& b);
inline constexpr std::size_t kMostBranches = 1000;

// Sorts, and leaves out what is there twice.
void normalize(Literals& literals);

}  // namespace quire::constraints
