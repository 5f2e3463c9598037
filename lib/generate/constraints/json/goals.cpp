#include "lib/generate/constraints/json/goals.h"

#include <algorithm>

#include "lib/generate/constraints/json/arrays.h"
#include "lib/generate/constraints/json/member_rules.h"
#include "lib/generate/constraints/json/objects.h"

namespace quire::constraints {

namespace {

constexpr int kDeepest = 3;  // values inside each other that empty() looks at

}  // namespace

Goals::Goals(Document& document, TextSource& texts)
    : document_(document), texts_(texts), scalars_(document), expander_(document, *this) {}

Goals::~Goals() = default;

GoalId Goals::id_of(Literals literals) {
    normalize(literals);
    // A schema that is true says nothing.
    std::erase_if(literals, [this](const Literal& literal) {
        const Json& json = document_.json(literal.schema);
        const bool always = json == Json(true) || (json.is_object() && json.empty());
        return literal.negative ? json == Json(false) : always;
    });
    const auto [found, is_new] = ids_.try_emplace(literals, static_cast<GoalId>(goals_.size()));
    if (!is_new) return found->second;
    if (goals_.size() >= kMostGoals) {
        throw SchemaFault(
            "", "", "needs more than " + std::to_string(kMostGoals) + " different kinds of values");
    }
    goals_.emplace_back().literals = std::move(literals);
    return found->second;
}

std::optional<CharDfa> Goals::names_of(const ObjectPart& part) {
    return allowed_names(*this, expander_, part);
}

// One automaton for null, true, false and the numbers of a goal.
void Goals::add_plain(Goal& goal, std::uint8_t words, const std::vector<const CharDfa*>& numbers) {
    const auto [found, is_new] = plain_kinds_.try_emplace({words, numbers}, 0);
    if (is_new) {
        std::vector<std::u32string> texts;
        if ((words & kNull) != 0) texts.emplace_back(U"null");
        if ((words & kFalse) != 0) texts.emplace_back(U"false");
        if ((words & kTrue) != 0) texts.emplace_back(U"true");
        CharDfa dfa = CharDfa::of(texts);
        for (const CharDfa* one : numbers) dfa = dfa.empty() ? *one : either(dfa, *one);
        found->second = texts_.add(std::move(dfa), Spelling::plain);
    }
    goal.plain.push_back(texts_.start(found->second));
}

void Goals::add_scalars(Goal& goal, const Branch& branch) {
    if ((branch.types & kString) == 0) return;
    const StringSet& set = scalars_.strings(branch.strings);
    if (set.empty()) return;
    Item start = texts_.start(0, set.min_length, set.max_length);
    if (!set.any) {
        const auto [found, is_new] = string_kinds_.try_emplace(&set, 0);
        if (is_new) found->second = texts_.add(set.dfa, Spelling::json);
        start = texts_.start(found->second);
    }
    if (std::find(goal.strings.begin(), goal.strings.end(), start) == goal.strings.end()) {
        goal.strings.push_back(start);
    }
}

void Goals::work_out(GoalId id) {
    Goal made;
    made.literals = goals_[id].literals;
    std::uint8_t words = 0;
    std::vector<const CharDfa*> numbers;
    const auto once = [](auto& list, const auto& one) {
        if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
    };
    for (Branch& branch : expander_.expand(made.literals)) {
        words |= branch.types & (kNull | kFalse | kTrue);
        add_scalars(made, branch);
        if ((branch.types & kNumber) != 0) {
            const CharDfa& dfa = scalars_.numbers(branch.numbers);
            if (!dfa.empty()) once(numbers, &dfa);
        }
        if ((branch.types & kObject) != 0) {
            const auto fresh = static_cast<std::uint32_t>(objects_.size());
            const auto [found, is_new] = object_ids_.try_emplace(branch.object, fresh);
            if (is_new) objects_.push_back(std::make_unique<ObjectShape>(branch.object, *this));
            once(made.objects, found->second);
        }
        if ((branch.types & kArray) != 0) {
            const auto fresh = static_cast<std::uint32_t>(arrays_.size());
            const auto [found, is_new] = array_ids_.try_emplace(branch.array, fresh);
            if (is_new) arrays_.push_back(std::make_unique<ArrayShape>(branch.array, *this));
            once(made.arrays, found->second);
        }
    }
    if (words != 0 || !numbers.empty()) add_plain(made, words, numbers);
    goals_[id] = std::move(made);
}

void Goals::finish() {
    for (; n_done_ < goals_.size(); ++n_done_) work_out(static_cast<GoalId>(n_done_));
    find_shortest();
    for (const auto& object : objects_) object->finish(*this);
    for (const auto& array : arrays_) array->finish(*this);
    for (Goal& goal : goals_) {
        std::erase_if(goal.objects, [this](std::uint32_t i) { return !objects_[i]->possible(); });
        std::erase_if(goal.arrays, [this](std::uint32_t i) { return !arrays_[i]->possible(); });
    }
}

// Rounds until nothing becomes shorter; goals that are named later come first.
void Goals::find_shortest() {
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t i = goals_.size(); i-- > 0;) {
            Goal& goal = goals_[i];
            std::uint64_t best = goal.shortest;
            for (const Item item : goal.plain) {
                best = std::min<std::uint64_t>(best, texts_.rest(local_of(item)));
            }
            for (const Item item : goal.strings) {
                best = std::min<std::uint64_t>(best, 1 + texts_.rest(local_of(item)));
            }
            for (const std::uint32_t shape : goal.objects) {
                best = std::min(best, objects_[shape]->shortest(*this));
            }
            for (const std::uint32_t shape : goal.arrays) {
                best = std::min(best, arrays_[shape]->shortest(*this));
            }
            if (best >= goal.shortest) continue;
            goal.shortest = best;
            changed = true;
        }
    }
}

bool Goals::disjoint(const Literal& a, const Literal& b) {
    Literals both{a, b};
    normalize(both);
    return empty(both, 0);
}

bool Goals::empty(const Literals& literals, int depth) {
    if (const auto found = empty_.find(literals); found != empty_.end()) return found->second;
    if (depth + depth_ > kDeepest) return false;
    ++depth_;
    bool out = true;
    try {
        for (const Branch& branch : expander_.expand(literals)) {
            if (empty(branch, depth)) continue;
            out = false;
            break;
        }
    } catch (const SchemaFault&) {
        out = false;
    }
    --depth_;
    if (depth + depth_ == 0 || out) empty_[literals] = out;
    return out;
}

bool Goals::empty(const Branch& branch, int depth) {
    if ((branch.types & (kNull | kFalse | kTrue)) != 0) return false;
    if ((branch.types & kNumber) != 0 && !scalars_.numbers(branch.numbers).empty()) return false;
    if ((branch.types & kString) != 0 && !scalars_.strings(branch.strings).empty()) return false;
    if ((branch.types & kArray) != 0) {
        const ArrayPart& part = branch.array;
        if (part.min == 0) return false;
        bool impossible = false;
        for (std::size_t i = 0; i < std::min<std::uint64_t>(part.min, 16); ++i) {
            impossible = impossible || empty(item_literals(document_, part, i), depth + 1);
        }
        if (!impossible) return false;
    }
    if ((branch.types & kObject) == 0) return true;
    for (const std::string& name : branch.object.required) {
        if (empty(member_literals(*this, branch.object, name), depth + 1)) return true;
    }
    return false;
}

}  // namespace quire::constraints
