// The numbers and strings that conditions allow, as automata.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lib/generate/constraints/json/branch.h"
#include "lib/generate/constraints/json/document.h"
#include "lib/generate/constraints/text/char_dfa.h"
#include "lib/generate/constraints/text/text_walk.h"

namespace quire::constraints {

struct StringSet {
    CharDfa dfa;       // empty: no string
    bool any = false;  // any string with so many characters; dfa says nothing then
    std::uint32_t min_length = 0;
    std::uint32_t max_length = kNoLimit;

    bool empty() const noexcept { return any ? min_length > max_length : dfa.empty(); }
};

// Texts with so many characters. TooLarge where a limit is above 4096.
CharDfa lengths(std::uint32_t min, std::uint32_t max);

class Scalars {
  public:
    // `document` must outlive the object.
    explicit Scalars(const Document& document) : document_(document) {}

    // As JSON writes them. Throws SchemaFault naming the keyword that cannot be followed.
    const CharDfa& numbers(const std::vector<Atom>& atoms);
    const StringSet& strings(const std::vector<Atom>& atoms);
    // Texts that have a part which the pattern describes; `schema` and `keyword` name it in a fault.
    const CharDfa& pattern(Node schema, const std::string& keyword, const std::string& pattern);

  private:
    template <typename Make>
    const CharDfa& kept_atom(const Atom& atom, Atom key, const Make& make);
    const CharDfa& number_atom(const Atom& atom);
    CharDfa make_number_atom(const Atom& atom) const;
    const CharDfa& string_atom(const Atom& atom);
    CharDfa make_string_atom(const Atom& atom);
    CharDfa format(const std::string& name);
    StringSet make_strings(const std::vector<Atom>& atoms);
    const Json& value_of(const Atom& atom) const;

    const Document& document_;
    std::map<std::vector<Atom>, CharDfa> numbers_;
    std::map<std::vector<Atom>, StringSet> strings_;
    std::map<Atom, CharDfa> atoms_;  // without their sign
    std::map<std::string, CharDfa> patterns_;
    std::map<std::string, CharDfa> formats_;
};

}  // namespace quire::constraints
