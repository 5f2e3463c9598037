#include "lib/generate/constraints/json/branch.h"

#include <algorithm>

#include "lib/generate/constraints/text/char_dfa.h"

namespace quire::constraints {

namespace {

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& more) {
    for (const T& one : more) {
        if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
    }
}

}  // namespace

void normalize(Literals& literals) {
    std::sort(literals.begin(), literals.end());
    literals.erase(std::unique(literals.begin(), literals.end()), literals.end());
}

Branch merged(const Branch& a, const Branch& b) {
    Branch out = a;
    out.types &= b.types;
    append(out.numbers, b.numbers);
    append(out.strings, b.strings);
    append(out.array.groups, b.array.groups);
    append(out.array.items, b.array.items);
    append(out.array.contains, b.array.contains);
    append(out.array.unique, b.array.unique);
    out.array.min = std::max(a.array.min, b.array.min);
    out.array.max = std::min(a.array.max, b.array.max);
    append(out.object.groups, b.object.groups);
    out.object.required.insert(b.object.required.begin(), b.object.required.end());
    out.object.absent.insert(b.object.absent.begin(), b.object.absent.end());
    append(out.object.members, b.object.members);
    append(out.object.names, b.object.names);
    append(out.object.witnesses, b.object.witnesses);
    append(out.object.dependent, b.object.dependent);
    out.object.min = std::max(a.object.min, b.object.min);
    out.object.max = std::min(a.object.max, b.object.max);
    if (out.array.min > out.array.max) out.types &= static_cast<std::uint8_t>(~kArray);
    if (out.object.min > out.object.max) out.types &= static_cast<std::uint8_t>(~kObject);
    for (const std::string& name : out.object.required) {
        if (out.object.absent.contains(name)) out.types &= static_cast<std::uint8_t>(~kObject);
    }
    // What concerns other types has no effect.
    if ((out.types & kNumber) == 0) out.numbers.clear();
    if ((out.types & kString) == 0) out.strings.clear();
    if ((out.types & kArray) == 0) out.array = {};
    if ((out.types & kObject) == 0) out.object = {};
    return out;
}

Branches crossed(const Branches& a, const Branches& b) {
    Branches out;
    for (const Branch& one : a) {
        for (const Branch& other : b) {
            Branch both = merged(one, other);
            if (both.types == 0) continue;
            if (std::find(out.begin(), out.end(), both) == out.end())
                out.push_back(std::move(both));
            if (out.size() > kMostBranches) {
                throw TooLarge("expected at most " + std::to_string(kMostBranches) +
                               " alternatives, found more");
            }
        }
    }
    return out;
}

}  // namespace quire::constraints
