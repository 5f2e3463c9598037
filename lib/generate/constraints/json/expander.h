// Turns schemas into alternatives of conditions. Keywords that cannot be followed are faults.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "lib/generate/constraints/json/branch.h"
#include "lib/generate/constraints/json/document.h"

namespace quire::constraints {

// Whether no value at all follows both of two schemas, as far as that is seen easily.
class DisjointTest {
  public:
    virtual bool disjoint(const Literal& a, const Literal& b) = 0;

  protected:
    ~DisjointTest() = default;
};

class Expander {
  public:
    // The arguments must outlive the object.
    Expander(Document& document, DisjointTest& disjoint)
        : document_(document), disjoint_(disjoint) {}

    // The alternatives of values that follow the schema, or do not. Throws SchemaFault.
    Branches expand(const Literal& literal);
    Branches expand(const Literals& literals);

  private:
    // exact: it must be known which of several schemas a value follows.
    Branches follow(Node schema, bool exact);
    Branches follow_object(Node schema, bool exact);
    Branches follow_without_unevaluated(Node schema, bool exact);
    Branches negate(Node schema);
    Branches negate_keyword(Node schema, const std::string& keyword);

    // One step of follow_object(): a keyword that is a condition.
    bool read_atom(Node schema, const std::string& keyword, Branch& branch);
    bool read_object(Node schema, const std::string& keyword, Branch& branch);
    bool read_array(Node schema, const std::string& keyword, bool exact, Branch& branch);
    // A keyword with schemas that concern the same value.
    bool combine(Node schema, const std::string& keyword, bool exact, Branches& branches);
    Branches one_of(Node schema, bool exact);
    Branches any_of(Node schema, bool exact);
    Branches if_then_else(Node schema, bool exact);
    Branches values(Node schema, const std::string& keyword);
    void add_groups(Node schema, Branch& branch);
    void add_unevaluated(Node schema, Branches& branches);
    static Group left_over(Node schema, const Branch& branch);
    Contains contains_of(Node schema, bool exact);

    Branches negate_scalar(Node schema, const std::string& keyword);
    Branches negate_object(Node schema, const std::string& keyword);
    Branches negate_others(Node schema, const std::string& keyword);
    Branches negate_unevaluated(Node schema, const std::string& keyword);
    Branches negate_array(Node schema, const std::string& keyword);
    Branches negate_combined(Node schema, const std::string& keyword);
    Branches negate_values(Node schema, const std::string& keyword);

    std::uint64_t count_at(Node schema, const std::string& keyword) const;
    Node constant(Node schema, const Json& value);
    // The values of "enum" or "const".
    const Json& list_of(Node schema, const std::string& keyword);
    [[noreturn]] void fault(Node schema, const std::string& keyword, const std::string& why) const;

    Document& document_;
    DisjointTest& disjoint_;
    std::set<std::pair<Node, bool>> open_;  // being expanded; and whether negated
    std::map<std::pair<const Json*, Node>, Node> constants_;
    std::map<Node, Node> lists_;  // of "const"
};

}  // namespace quire::constraints
