#include "lib/generate/constraints/machine/masks.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace quire::constraints {

namespace {

std::size_t n_words(const Vocabulary& vocabulary) noexcept {
    return (vocabulary.size() + 63) / 64;
}

// Appends what `byte` leads to from each of the stacks.
void step_all(Machine& machine, const Stacks& from, std::uint8_t byte, Stacks& to) {
    to.clear();
    for (const Stack stack : from) machine.step(stack, byte, to);
    if (to.size() > 1) normalize(to);
}

// Whether the frame of a mask, and all that it called, may end here.
bool leaves(Machine& machine, Stack stack) {
    while (machine.ends(stack)) {
        stack = machine.below(stack);
        if (stack == kUnknown) return true;
    }
    return false;
}

// Follows the texts of a tree from some stacks. Calls visit(node, stacks) where any are left; if it
// returns false, what is below the node is passed over.
template <typename Visit>
void follow_tree(Machine& machine, const Trie& trie, const Stacks& from, const Visit& visit) {
    const auto nodes = trie.nodes();
    std::vector<Stacks> at(trie.max_depth() + 1);
    at[0] = from;
    for (std::size_t i = 0; i < nodes.size();) {
        Stacks& here = at[nodes[i].depth];
        step_all(machine, at[nodes[i].depth - 1U], nodes[i].byte, here);
        i = !here.empty() && visit(i, here) ? i + 1 : nodes[i].end;
    }
}

// Takes over what is known of any string for the tokens below a node; `left` gets those that leave it.
void copy_any(const ItemMask& any, const Trie& trie, std::size_t node, Bits& inside, Bits& left) {
    const auto all = trie.tokens_below(node);
    const auto here = trie.tokens_at(node).size();
    for (const std::uint32_t token : all.subspan(here)) {
        if (has_bit(any.inside, token)) set_bit(inside, token);
    }
    const auto first = trie.nodes()[node].first + here;
    const auto begin = std::lower_bound(any.places.begin(), any.places.end(), first);
    const auto end = std::lower_bound(begin, any.places.end(), first + all.size() - here);
    for (auto it = begin; it != end; ++it) set_bit(left, trie.tokens()[*it]);
}

}  // namespace

// Tokens that leave any string, which goes on in the frames of `stack`.
void Masks::walk_left(Stack stack, const Bits& left, const ItemMask& any, ItemMask& out) {
    if (stack != kUnknown) {
        const Stacks from{stack};
        walk({any.after, from, any.begins, nullptr, &left}, out);
        if (!leaves(machine_, stack)) return;
    }
    for (const ItemMask::Leaving& one : any.leaving) {
        if (has_bit(left, one.token)) out.leaving.push_back(one);
    }
}

void Masks::walk(const Walk& walk, ItemMask& out) {
    const Trie& trie = walk.trie;
    std::map<Stack, Bits> left;
    const auto wanted = [&](std::uint32_t token) {
        return walk.only == nullptr || has_bit(*walk.only, token);
    };
    follow_tree(machine_, trie, walk.from, [&](std::size_t i, const Stacks& here) {
        const Trie::Node& node = trie.nodes()[i];
        for (const std::uint32_t token : trie.tokens_at(i)) {
            if (wanted(token)) set_bit(out.inside, token);
        }
        const bool in_any = walk.any != nullptr && here.size() == 1 && walk.any->idle[i] &&
                            machine_.top(here[0]) == TextSource::kAnyString;
        if (in_any) {
            Bits& leaving = left[machine_.below(here[0])];
            leaving.resize(out.inside.size());
            copy_any(*walk.any, trie, i, out.inside, leaving);
            return false;
        }
        const bool goes_on = node.end > i + 1;
        if (goes_on && std::any_of(here.begin(), here.end(),
                                   [this](Stack stack) { return leaves(machine_, stack); })) {
            const auto below = trie.tokens_below(i).subspan(trie.tokens_at(i).size());
            for (const std::uint32_t token : below) {
                if (!wanted(token)) continue;
                const std::uint32_t begin = walk.begins.empty() ? 0 : walk.begins[token];
                out.leaving.push_back({token, begin + node.depth});
            }
        }
        return true;
    });
    if (walk.any == nullptr) return;
    for (const auto& [stack, tokens] : left) walk_left(stack, tokens, *walk.any, out);
}

std::shared_ptr<const ItemMask> Masks::make(Item item) {
    auto out = std::make_shared<ItemMask>();
    out->inside.resize(n_words(vocabulary_));
    const Trie& trie = vocabulary_.trie();
    const Stacks from{machine_.push(item, kUnknown)};
    const std::vector<std::uint32_t> none;
    if (item == TextSource::kAnyString) {
        walk({trie, from, none, nullptr}, *out);
        note_any(*out);
    } else {
        const ItemMask& any = of_item(TextSource::kAnyString);
        walk({trie, from, none, &any}, *out);
    }
    out->sort_leaving(vocabulary_);
    return out;
}

// What others need of any string.
void Masks::note_any(ItemMask& any) {
    const Trie& trie = vocabulary_.trie();
    std::vector<std::uint32_t> place(vocabulary_.size());
    for (std::uint32_t i = 0; i < trie.tokens().size(); ++i) place[trie.tokens()[i]] = i;
    any.begins.resize(vocabulary_.size());
    for (const ItemMask::Leaving& one : any.leaving) {
        any.places.push_back(place[one.token]);
        any.begins[one.token] = one.from;
    }
    const Stack begin = machine_.push(TextSource::kAnyString, kUnknown);
    any.idle.assign(trie.nodes().size(), false);
    follow_tree(machine_, trie, {begin}, [&](std::size_t i, const Stacks& here) {
        any.idle[i] = here.size() == 1 && here[0] == begin;
        return true;
    });
}

void ItemMask::sort_leaving(const Vocabulary& vocabulary) {
    std::vector<std::size_t> places_in_bytes;
    for (const Leaving& one : leaving) {
        places_in_bytes.push_back(bytes.size());
        bytes += vocabulary.text(one.token).substr(one.from);
    }
    places_in_bytes.push_back(bytes.size());
    std::vector<Trie::Entry> entries;
    for (std::size_t i = 0; i < leaving.size(); ++i) {
        const auto text = std::string_view(bytes).substr(
            places_in_bytes[i], places_in_bytes[i + 1] - places_in_bytes[i]);
        entries.emplace_back(text, leaving[i].token);
    }
    after = Trie(std::move(entries));
}

// What another item allows, but only the tokens for which keeps(token).
template <typename Keeps>
std::shared_ptr<const ItemMask> Masks::filtered(const ItemMask& like, const Keeps& keeps) {
    auto out = std::make_shared<ItemMask>();
    out->inside = like.inside;
    for (std::size_t word = 0; word < like.inside.size(); ++word) {
        for (std::uint64_t left = like.inside[word]; left != 0; left &= left - 1) {
            const int bit = std::countr_zero(left);
            const auto token = static_cast<std::uint32_t>(word * 64 + static_cast<unsigned>(bit));
            if (!keeps(token)) out->inside[word] &= ~(std::uint64_t{1} << bit);
        }
    }
    for (const ItemMask::Leaving& one : like.leaving) {
        if (keeps(one.token)) out->leaving.push_back(one);
    }
    out->sort_leaving(vocabulary_);
    return out;
}

// Of any string that has a limited number of characters left: what any string allows, but for the
// tokens with too many or too few characters.
std::shared_ptr<const ItemMask> Masks::limited(const ItemMask& any, TextSource::Limits limits) {
    const std::vector<std::uint16_t>& characters = vocabulary_.string_characters();
    return filtered(any, [&](std::uint32_t token) {
        const std::uint32_t n = characters[token] / 2;
        const bool closes = characters[token] % 2 == 1;
        return n <= limits.max_left && (!closes || n >= limits.min_left);
    });
}

// What another item allows, but for tokens that begin in certain ways.
std::shared_ptr<const ItemMask> Masks::without(const ItemMask& like,
                                               const std::vector<std::string>& except) {
    return filtered(like, [&](std::uint32_t token) {
        const std::string_view text = vocabulary_.text(token);
        return std::none_of(except.begin(), except.end(),
                            [&](const std::string& begin) { return text.starts_with(begin); });
    });
}

const ItemMask& Masks::of_item(Item item) {
    if (const auto found = items_.find(item); found != items_.end()) return *found->second;
    std::shared_ptr<const ItemMask> mask;
    const bool any = item == TextSource::kAnyString;
    if (any) mask = vocabulary_.any_string();
    if (!mask && source_of(item) == texts_.number) {
        const TextSource::Limits* limits = texts_.limits(local_of(item));
        if (limits != nullptr) mask = limited(of_item(TextSource::kAnyString), *limits);
    }
    if (!mask) {
        std::vector<std::string> except;
        const Item like = machine_.like(item, except);
        if (like != kNoItem) mask = without(of_item(like), except);
    }
    if (!mask) mask = make(item);
    if (any) vocabulary_.keep_any_string(mask);
    return *items_.emplace(item, std::move(mask)).first->second;
}

void Masks::follow(const Trie& trie, const Stacks& from, Bits& out) {
    follow_tree(machine_, trie, from, [&](std::size_t i, const Stacks&) {
        for (const std::uint32_t token : trie.tokens_at(i)) set_bit(out, token);
        return true;
    });
}

// Tokens that the top frame allows, and those that it leaves to the ones below.
void Masks::add_stack(Stack stack, Bits& out) {
    for (;;) {
        const ItemMask& mask = of_item(machine_.top(stack));
        for (std::size_t i = 0; i < out.size(); ++i) out[i] |= mask.inside[i];
        const Stack below = machine_.below(stack);
        if (below == kNoStack) return;
        if (!mask.after.nodes().empty()) follow(mask.after, {below}, out);
        if (!machine_.ends(stack)) return;
        stack = below;
    }
}

const Bits& Masks::allowed(const Stacks& stacks) {
    if (const auto found = kept_.find(stacks); found != kept_.end()) return found->second;
    if (kept_.size() >= kKept) kept_.clear();
    Bits& out = kept_[stacks];
    out.resize(n_words(vocabulary_));
    for (const Stack stack : stacks) add_stack(stack, out);
    return out;
}

Bits allowed_slowly(Machine& machine, const Vocabulary& vocabulary, const Stacks& stacks) {
    Bits out(n_words(vocabulary));
    Stacks here;
    Stacks next;
    for (std::uint32_t token = 0; token < vocabulary.size(); ++token) {
        here = stacks;
        for (const char byte : vocabulary.text(token)) {
            step_all(machine, here, static_cast<std::uint8_t>(byte), next);
            here.swap(next);
            if (here.empty()) break;
        }
        if (!here.empty() && !vocabulary.text(token).empty()) set_bit(out, token);
    }
    return out;
}

}  // namespace quire::constraints
