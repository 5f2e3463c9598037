#include "lib/generate/constraints/json/scalars.h"

#include <algorithm>

#include "lib/base/quoted.h"
#include "lib/generate/constraints/text/formats.h"
#include "lib/generate/constraints/text/numbers.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

// Beside a pattern, every length is a state of its own.
constexpr std::uint64_t kMostCounted = 4096;

CharDfa counted(std::uint32_t min, std::uint32_t max) {
    const bool open = max == kNoLimit;
    const std::uint64_t last = open ? min : max;
    if (last > kMostCounted) {
        throw TooLarge("expected a length of at most " + std::to_string(kMostCounted) +
                       " beside a pattern or format, found " + std::to_string(last));
    }
    CharDfa out;
    for (std::uint32_t n = 0; n <= last; ++n) {
        const bool is_last = n == last;
        const CharDfa::Arc arc{0, unicode::kCodePointEnd - 1, is_last ? n : n + 1};
        out.add_state({&arc, is_last && !open ? 0U : 1U}, n >= min ? 0 : CharDfa::kRejects);
    }
    out.trim();
    return out;
}

CharDfa nothing_left(const CharDfa& all, bool negative, const CharDfa& atom) {
    return negative ? without(all, atom) : both(all, atom);
}

template <typename Test>
CharDfa texts_of(const Json& value, const Test& test) {
    std::vector<std::u32string> texts;
    for (const Json& one : value) {
        if (test(one)) texts.push_back(code_points(one.template get<std::string>()));
    }
    return CharDfa::of(texts);
}

}  // namespace

CharDfa lengths(std::uint32_t min, std::uint32_t max) {
    return counted(min, max);
}

const CharDfa& Scalars::pattern(Node schema, const std::string& keyword,
                                const std::string& pattern) {
    const auto found = patterns_.find(pattern);
    if (found != patterns_.end()) return found->second;
    try {
        return patterns_.emplace(pattern, regex_dfa(pattern, Match::search)).first->second;
    } catch (const TooLarge& large) {
        throw SchemaFault(document_.path(schema), keyword, large.what());
    } catch (const Unusable& bad) {
        throw SchemaFault(document_.path(schema), keyword, bad.what());
    }
}

const Json& Scalars::value_of(const Atom& atom) const {
    return document_.json(atom.schema).at(atom.keyword);
}

CharDfa Scalars::make_number_atom(const Atom& atom) const {
    if (atom.keyword == "integer") return integers(false);
    const Json& value = value_of(atom);
    if (atom.keyword == "enum" || atom.keyword == "const") {
        CharDfa out;
        const auto add = [&](const Json& one) {
            if (!one.is_number()) return;
            const CharDfa dfa = compared(decimal_of(one.dump()), Relation::equal);
            out = out.empty() ? dfa : either(out, dfa);
        };
        if (atom.keyword == "const")
            add(value);
        else
            std::for_each(value.begin(), value.end(), add);
        return out;
    }
    const Decimal limit = decimal_of(value.dump());
    if (atom.keyword == "multipleOf") return multiples(limit);
    if (atom.keyword == "minimum") return compared(limit, Relation::greater_or_equal);
    if (atom.keyword == "maximum") return compared(limit, Relation::less_or_equal);
    if (atom.keyword == "exclusiveMinimum") return compared(limit, Relation::greater);
    return compared(limit, Relation::less);
}

// What make() makes of the atom, once for each `key`. A fault names the keyword.
template <typename Make>
const CharDfa& Scalars::kept_atom(const Atom& atom, Atom key, const Make& make) {
    const auto found = atoms_.find(key);
    if (found != atoms_.end()) return found->second;
    try {
        return atoms_.emplace(std::move(key), make()).first->second;
    } catch (const TooLarge& large) {
        throw SchemaFault(document_.path(atom.schema), atom.keyword, large.what());
    } catch (const Unusable& bad) {
        throw SchemaFault(document_.path(atom.schema), atom.keyword, bad.what());
    }
}

const CharDfa& Scalars::number_atom(const Atom& atom) {
    return kept_atom(atom, {atom.schema, atom.keyword + "#", false},
                     [&] { return make_number_atom(atom); });
}

const CharDfa& Scalars::numbers(const std::vector<Atom>& atoms) {
    const auto found = numbers_.find(atoms);
    if (found != numbers_.end()) return found->second;
    CharDfa out = atoms.empty() ? any_number() : any_decimal();
    const auto whole = std::find_if(atoms.begin(), atoms.end(), [](const Atom& atom) {
        return atom.keyword == "integer" && !atom.negative;
    });
    if (whole != atoms.end()) out = integers(true);
    for (const Atom& atom : atoms) {
        if (atom.keyword == "integer" && !atom.negative) continue;
        const CharDfa& part = number_atom(atom);
        try {
            out = nothing_left(out, atom.negative, part);
        } catch (const TooLarge& large) {
            throw SchemaFault(document_.path(atom.schema), atom.keyword, large.what());
        }
    }
    return numbers_.emplace(atoms, std::move(out)).first->second;
}

CharDfa Scalars::format(const std::string& name) {
    if (const auto found = formats_.find(name); found != formats_.end()) return found->second;
    const auto dfa = format_dfa(name);
    if (!dfa) {
        throw Unusable("expected one of " + known_formats() + ", found " + base::quoted(name));
    }
    return formats_.emplace(name, *dfa).first->second;
}

CharDfa Scalars::make_string_atom(const Atom& atom) {
    const Json& value = value_of(atom);
    const auto is_string = [](const Json& one) { return one.is_string(); };
    if (atom.keyword == "const") return texts_of(Json::array({value}), is_string);
    if (atom.keyword == "enum") return texts_of(value, is_string);
    if (atom.keyword == "format") return format(value.get<std::string>());
    return pattern(atom.schema, atom.keyword, value.get<std::string>());
}

const CharDfa& Scalars::string_atom(const Atom& atom) {
    return kept_atom(atom, {atom.schema, atom.keyword, false},
                     [&] { return make_string_atom(atom); });
}

StringSet Scalars::make_strings(const std::vector<Atom>& atoms) {
    StringSet out;
    out.any = true;
    CharDfa dfa = CharDfa::any();
    for (const Atom& atom : atoms) {
        const bool is_min = atom.keyword == "minLength";
        if (is_min || atom.keyword == "maxLength") {
            const auto n = static_cast<std::uint32_t>(value_of(atom).get<double>());
            if (is_min && !atom.negative)
                out.min_length = std::max(out.min_length, n);
            else if (is_min && n == 0)
                return {};
            else if (is_min)
                out.max_length = std::min(out.max_length, n - 1);
            else if (!atom.negative)
                out.max_length = std::min(out.max_length, n);
            else
                out.min_length = std::max(out.min_length, n + 1);
            continue;
        }
        out.any = false;
        const CharDfa& part = string_atom(atom);
        try {
            dfa = nothing_left(dfa, atom.negative, part);
        } catch (const TooLarge& large) {
            throw SchemaFault(document_.path(atom.schema), atom.keyword, large.what());
        }
    }
    const bool limited = out.min_length > 0 || out.max_length != kNoLimit;
    if (out.any || !limited) {
        out.dfa = std::move(dfa);
        return out;
    }
    if (out.min_length > out.max_length) return {};
    try {
        out.dfa = both(dfa, lengths(out.min_length, out.max_length));
    } catch (const TooLarge& large) {
        throw SchemaFault(document_.path(atoms.front().schema), "maxLength", large.what());
    }
    out.min_length = 0;
    out.max_length = kNoLimit;
    return out;
}

const StringSet& Scalars::strings(const std::vector<Atom>& atoms) {
    const auto found = strings_.find(atoms);
    if (found != strings_.end()) return found->second;
    return strings_.emplace(atoms, make_strings(atoms)).first->second;
}

}  // namespace quire::constraints
