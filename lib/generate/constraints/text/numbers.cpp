#include "lib/generate/constraints/text/numbers.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>
#include <vector>

#include "lib/base/quoted.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

namespace {

constexpr std::uint64_t kMostMultiple = 10'000;
constexpr long kMostDigits = 400;

CharDfa::Arc digit_arc(unsigned digit, std::uint32_t next) {
    return {U'0' + digit, U'0' + digit, next};
}

// Builds an automaton from named states.
template <typename Name>
class StateBuilder {
  public:
    std::uint32_t number(const Name& name) {
        const auto fresh = static_cast<std::uint32_t>(order_.size());
        const auto [found, is_new] = numbers_.try_emplace(name, fresh);
        if (is_new) order_.push_back(name);
        return found->second;
    }
    template <typename Arcs, typename Label>
    CharDfa build(const Name& start, const Arcs& arcs, const Label& label) {
        number(start);
        CharDfa out;
        for (std::size_t i = 0; i < order_.size(); ++i) {
            const Name name = order_[i];
            out.add_state(arcs(name), label(name));
        }
        out.trim();
        return out;
    }

  private:
    std::map<Name, std::uint32_t> numbers_;
    std::vector<Name> order_;
};

enum class Phase : std::uint8_t { start, sign, zero, whole, point, fraction };

bool may_end(Phase phase) noexcept {
    return phase == Phase::zero || phase == Phase::whole || phase == Phase::fraction;
}

int compare_digit(unsigned digit, const std::string& digits, std::size_t i) noexcept {
    const unsigned other = i < digits.size() ? static_cast<unsigned>(digits[i] - '0') : 0;
    return digit < other ? -1 : digit > other ? 1 : 0;
}

// How far a magnitude was read, and how it compares so far.
struct Compared {
    Phase phase = Phase::start;
    bool negative = false;
    std::size_t n = 0;  // digits of the whole part or of the fraction
    int order = 0;

    auto operator<=>(const Compared&) const = default;
};

class Comparison {
  public:
    explicit Comparison(const Decimal& limit) : limit_(limit) {}

    Compared after(Compared at, unsigned digit) const {
        const std::size_t n_whole = limit_.whole.size();
        if (at.phase == Phase::point || at.phase == Phase::fraction) {
            if (at.order == 0) at.order = compare_digit(digit, limit_.fraction, at.n);
            at.n = at.order == 0 ? std::min(at.n + 1, limit_.fraction.size()) : 0;
            at.phase = Phase::fraction;
            return at;
        }
        if (at.phase == Phase::start || at.phase == Phase::sign) {
            at.phase = digit == 0 ? Phase::zero : Phase::whole;
            at.n = 0;
        }
        if (at.n < n_whole && at.order == 0) at.order = compare_digit(digit, limit_.whole, at.n);
        if (at.n < n_whole)
            ++at.n;
        else
            at.n = n_whole + 1, at.order = 1;
        return at;
    }
    // Of the whole part, once it has ended.
    int order_of_whole(const Compared& at) const {
        return at.n < limit_.whole.size() ? -1 : at.order;
    }
    // Of the magnitude that ends here.
    int order_of(const Compared& at) const {
        const bool whole = at.phase != Phase::fraction;
        const int order = whole ? order_of_whole(at) : at.order;
        if (order != 0) return order;
        const std::size_t n = whole ? 0 : at.n;
        return n < limit_.fraction.size() ? -1 : 0;
    }
    // Of the number that ends here.
    int value_order(const Compared& at) const {
        const int order = order_of(at);
        if (limit_.is_zero()) return order == 0 ? 0 : at.negative ? -1 : 1;
        if (at.negative != limit_.negative) return at.negative ? -1 : 1;
        return at.negative ? -order : order;
    }

  private:
    const Decimal& limit_;
};

}  // namespace

Decimal decimal_of(std::string_view number) {
    Decimal out;
    std::string digits;
    long point = 0;
    bool seen_point = false;
    std::size_t i = 0;
    if (i < number.size() && number[i] == '-') out.negative = true, ++i;
    for (; i < number.size() && number[i] != 'e' && number[i] != 'E'; ++i) {
        if (number[i] == '.') {
            seen_point = true;
            continue;
        }
        digits += number[i];
        if (!seen_point) ++point;
    }
    if (i < number.size())
        point += std::strtol(std::string(number.substr(i + 1)).c_str(), nullptr, 10);
    if (point > kMostDigits || point < -kMostDigits || digits.size() > kMostDigits) {
        throw Unusable("expected a number with at most 400 digits, found " + base::quoted(number));
    }
    if (point < 0) {
        digits.insert(0, static_cast<std::size_t>(-point), '0');
        point = 0;
    }
    if (digits.size() < static_cast<std::size_t>(point)) {
        digits.resize(static_cast<std::size_t>(point), '0');
    }
    out.whole = digits.substr(0, static_cast<std::size_t>(point));
    out.fraction = digits.substr(static_cast<std::size_t>(point));
    out.whole.erase(0, std::min(out.whole.find_first_not_of('0'), out.whole.size()));
    if (out.whole.empty()) out.whole = "0";
    while (out.fraction.ends_with('0')) out.fraction.pop_back();
    return out;
}

CharDfa any_number() {
    static const CharDfa made = regex_dfa(
        "-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?([0-9]{1,2}|[12][0-9][0-9]))?", Match::whole);
    return made;
}

CharDfa any_decimal() {
    static const CharDfa made = regex_dfa("-?(0|[1-9][0-9]*)(\\.[0-9]+)?", Match::whole);
    return made;
}

CharDfa integers(bool strict) {
    static const CharDfa one = regex_dfa("-?(0|[1-9][0-9]*)(\\.0)?", Match::whole);
    static const CharDfa any = regex_dfa("-?(0|[1-9][0-9]*)(\\.0+)?", Match::whole);
    return strict ? one : any;
}

CharDfa compared(const Decimal& limit, Relation relation) {
    const Comparison comparison(limit);
    StateBuilder<Compared> builder;
    const auto arcs = [&](const Compared& at) {
        std::vector<CharDfa::Arc> out;
        if (at.phase == Phase::start) {
            out.push_back({'-', '-', builder.number({Phase::sign, true, 0, 0})});
        }
        if (at.phase == Phase::zero || at.phase == Phase::whole) {
            const int order = comparison.order_of_whole(at);
            out.push_back({'.', '.', builder.number({Phase::point, at.negative, 0, order})});
        }
        for (unsigned digit = 0; digit < 10 && at.phase != Phase::zero; ++digit) {
            out.push_back(digit_arc(digit, builder.number(comparison.after(at, digit))));
        }
        return out;
    };
    const auto label = [&](const Compared& at) {
        if (!may_end(at.phase)) return CharDfa::kRejects;
        const int order = comparison.value_order(at);
        const bool yes = relation == Relation::less               ? order < 0
                         : relation == Relation::less_or_equal    ? order <= 0
                         : relation == Relation::equal            ? order == 0
                         : relation == Relation::greater_or_equal ? order >= 0
                                                                  : order > 0;
        return yes ? 0 : CharDfa::kRejects;
    };
    return builder.build({}, arcs, label);
}

CharDfa multiples(const Decimal& of) {
    const std::string digits = of.whole + of.fraction;
    const std::uint64_t unit = digits.size() > 18 ? UINT64_MAX : std::stoull(digits);
    if (unit > kMostMultiple || unit == 0) {
        throw TooLarge("expected a number of at most " + std::to_string(kMostMultiple) +
                       " without its point, found " + of.whole + "." + of.fraction);
    }
    using Name =
        std::tuple<Phase, std::uint64_t, std::size_t>;  // the remainder, digits of the fraction
    StateBuilder<Name> builder;
    const std::size_t n_fraction = of.fraction.size();
    const auto arcs = [&](const Name& at) {
        const auto [phase, remainder, n] = at;
        std::vector<CharDfa::Arc> out;
        if (phase == Phase::start) out.push_back({'-', '-', builder.number({Phase::sign, 0, 0})});
        if (phase == Phase::zero || phase == Phase::whole) {
            out.push_back({'.', '.', builder.number({Phase::point, remainder, 0})});
        }
        if (phase == Phase::zero) return out;
        for (unsigned digit = 0; digit < 10; ++digit) {
            const bool in_fraction = phase == Phase::point || phase == Phase::fraction;
            if (in_fraction && n == n_fraction && digit != 0) break;
            const bool counts = !in_fraction || n < n_fraction;
            const std::uint64_t next = counts ? (remainder * 10 + digit) % unit : remainder;
            const Phase to = in_fraction                          ? Phase::fraction
                             : phase == Phase::whole || digit > 0 ? Phase::whole
                                                                  : Phase::zero;
            const std::size_t read = in_fraction ? std::min(n + 1, n_fraction) : 0;
            out.push_back(digit_arc(digit, builder.number({to, next, read})));
        }
        return out;
    };
    const auto label = [&](const Name& at) {
        const auto [phase, remainder, n] = at;
        if (!may_end(phase)) return CharDfa::kRejects;
        std::uint64_t value = remainder;
        for (std::size_t i = n; i < n_fraction; ++i) value = value * 10 % unit;
        return value == 0 ? 0 : CharDfa::kRejects;
    };
    return builder.build({Phase::start, 0, 0}, arcs, label);
}

}  // namespace quire::constraints
