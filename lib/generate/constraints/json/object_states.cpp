// What may follow the members that are there, and what an object still needs.
#include <algorithm>

#include "lib/generate/constraints/json/objects.h"

namespace quire::constraints {

namespace {

std::uint64_t capped(std::uint64_t n) noexcept {
    return std::min(n, kNever);
}

}  // namespace

// The labels that must still come.
std::vector<bool> ObjectShape::needed(const std::vector<bool>& seen) const {
    std::vector<bool> out(labels_.size());
    std::vector<Label> open = required_;
    if (has_needs_) {
        for (Label label = 0; label < n_known_; ++label) {
            if (!seen[label]) continue;
            open.insert(open.end(), labels_[label].needs.begin(), labels_[label].needs.end());
        }
    }
    while (!open.empty()) {
        const Label label = open.back();
        open.pop_back();
        if (seen[label] || out[label]) continue;
        out[label] = true;
        open.insert(open.end(), labels_[label].needs.begin(), labels_[label].needs.end());
    }
    return out;
}

// Bytes of members that are the missing witnesses; n grows by those that are not needed anyway.
std::uint64_t ObjectShape::witness_cost(const Members& members, const std::vector<bool>& needs,
                                        std::uint64_t& n) const {
    std::uint64_t bytes = 0;
    for (std::uint32_t bit = 1; bit <= all_witnesses_; bit <<= 1) {
        if ((members.missing & bit) == 0) continue;
        std::uint64_t best = kNever;
        bool more = false;
        for (Label label = 0; label < labels_.size(); ++label) {
            const LabelInfo& info = labels_[label];
            if (!info.possible || (info.known && members.seen[label])) continue;
            for (const Variant& variant : info.variants) {
                if ((variant.witnesses & bit) == 0 || variant.value_bytes >= kNever) continue;
                const std::uint64_t one =
                    needs[label]
                        ? variant.value_bytes - std::min(info.value_bytes, variant.value_bytes)
                        : 2 + info.name_bytes + variant.value_bytes;
                if (one >= best) continue;
                best = one;
                more = !needs[label];
            }
        }
        if (best >= kNever) return kNever;
        bytes += best;
        n += more ? 1 : 0;
    }
    return bytes;
}

// Bytes of the cheapest further members that min_ wants, where there are n.
std::uint64_t ObjectShape::filling_cost(const Members& members, const std::vector<bool>& needs,
                                        std::uint64_t n) const {
    std::vector<std::uint64_t> costs;
    std::uint64_t unlimited = kNever;
    for (Label label = 0; label < labels_.size(); ++label) {
        const LabelInfo& info = labels_[label];
        const std::uint64_t one = capped(2 + info.name_bytes + info.value_bytes);
        if (one >= kNever) continue;
        if (!info.known)
            unlimited = std::min(unlimited, one);
        else if (!needs[label] && !members.seen[label] && info.needs.empty())
            costs.push_back(one);
    }
    std::sort(costs.begin(), costs.end());
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; n < min_; ++n, ++i) {
        const std::uint64_t one = i < costs.size() ? std::min(costs[i], unlimited) : unlimited;
        if (one >= kNever) return kNever;
        bytes = capped(bytes + one);
        if (i >= costs.size()) return capped(bytes + (min_ - n - 1) * one);
    }
    return bytes;
}

// Bytes of the members that must still come, each with a comma; kNever.
std::uint64_t ObjectShape::cost(const Members& members) const {
    const std::vector<bool> needs = needed(members.seen);
    std::uint64_t bytes = 0;
    std::uint64_t n = members.n;
    for (Label label = 0; label < labels_.size(); ++label) {
        if (!needs[label]) continue;
        bytes = capped(bytes + 2 + labels_[label].name_bytes + labels_[label].value_bytes);
        ++n;
    }
    bytes = capped(bytes + witness_cost(members, needs, n));
    if (bytes >= kNever || n > max_) return kNever;
    return capped(bytes + filling_cost(members, needs, n));
}

std::uint64_t ObjectShape::shortest(const Goals& goals) const {
    auto* self = const_cast<ObjectShape*>(this);
    for (LabelInfo& label : self->labels_) {
        label.value_bytes = kNever;
        for (Variant& variant : label.variants) {
            variant.value_bytes = label.possible ? goals.shortest(variant.goal) : kNever;
            label.value_bytes = std::min(label.value_bytes, variant.value_bytes);
        }
    }
    const std::uint64_t members = cost({std::vector<bool>(labels_.size()), 0, all_witnesses_});
    return members >= kNever ? kNever : members > 0 ? members + 1 : 2;
}

std::uint64_t ObjectShape::rest_of_name(State state, std::uint32_t name_state) {
    std::uint64_t best = kNever;
    for (const Reach& reach : reach_[name_state]) {
        if (!states_[state].allowed[reach.label]) continue;
        for (const Variant& variant : labels_[reach.label].variants) {
            const std::uint64_t members =
                cost(after(states_[state].members, reach.label, variant.witnesses));
            // The rest of the name, its quotation mark, a colon, the value and the closing brace.
            best = std::min(best, capped(reach.n_bytes + 3 + variant.value_bytes + members));
        }
    }
    return best;
}

ObjectShape::Members ObjectShape::after(const Members& members, Label label,
                                        std::uint32_t witnesses) const {
    Members out = members;
    if (labels_[label].known) out.seen[label] = true;
    out.missing &= ~witnesses;
    if (min_ > 0 || max_ != kNoBound) ++out.n;
    if (max_ == kNoBound) out.n = std::min(out.n, min_);
    return out;
}

ObjectShape::State ObjectShape::with(State state, Label label, std::uint32_t witnesses,
                                     const std::string& name) {
    Members members = after(states_[state].members, label, witnesses);
    if (counts_names_ && !labels_[label].known) members.others.insert(name);
    return intern(std::move(members));
}

ObjectShape::State ObjectShape::intern(Members members) {
    const auto fresh = static_cast<State>(states_.size());
    const auto [found, is_new] = ids_.try_emplace(members, fresh);
    if (!is_new) return found->second;
    StateInfo info;
    info.members = std::move(members);
    fill(info);
    states_.push_back(std::move(info));
    return fresh;
}

void ObjectShape::fill(StateInfo& info) const {
    const Members& members = info.members;
    const std::vector<bool> needs = needed(members.seen);
    const bool has_all = std::find(needs.begin(), needs.end(), true) == needs.end();
    info.may_close = has_all && members.missing == 0 && members.n >= min_ && members.n <= max_;
    info.rest = capped(cost(members) + 1);
    info.allowed.assign(labels_.size(), false);
    for (Label label = 0; label < labels_.size(); ++label) {
        const LabelInfo& one = labels_[label];
        if (!one.usable || (one.known && members.seen[label])) continue;
        // A member may take the place of one that is needed.
        const bool matters = max_ != kNoBound || has_needs_ || members.missing != 0 || min_ > 0;
        bool fits = !matters;
        for (const Variant& variant : one.variants) {
            fits = fits || cost(after(members, label, variant.witnesses)) < kNever;
        }
        if (!fits) continue;
        info.allowed[label] = true;
        info.may_add = true;
    }
}

}  // namespace quire::constraints
