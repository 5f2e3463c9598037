#include "lib/generate/constraints/json/json_source.h"

#include <algorithm>
#include <array>

#include "lib/base/hash.h"
#include "lib/base/json/json_text.h"
#include "lib/generate/constraints/json/arrays.h"
#include "lib/generate/constraints/text/regex.h"

namespace quire::constraints {

std::size_t JsonSource::Hash::operator()(const Place& place) const noexcept {
    const std::array<std::uint64_t, 4> words{
        std::uint64_t{static_cast<std::uint8_t>(place.kind)} << 40 |
            std::uint64_t{place.space} << 32 | place.shape,
        std::uint64_t{place.state} << 32 | place.label, place.content, TextPlaceHash()(place.text)};
    return base::xxh3(std::as_bytes(std::span(words)));
}

JsonSource::JsonSource(Json schema, TextSource& texts)
    : document_(std::move(schema)), goals_(document_, texts), texts_(texts) {
    root_ = goals_.id_of({{document_.root(), false}});
    goals_.finish();
    if (goals_.shortest(root_) >= kNever) {
        throw SchemaFault("#", "", "no value follows the schema");
    }
}

Item JsonSource::start() {
    return value_of(root_);
}

Item JsonSource::item(const Place& place) {
    const auto fresh = static_cast<std::uint32_t>(places_.size());
    const auto [found, is_new] = numbers_.try_emplace(place, fresh);
    if (is_new) {
        places_.push_back(place);
        rests_.push_back(kNever);
    }
    return item_of(number, found->second);
}

Moves JsonSource::moves_of_value(GoalId id) {
    const Goal& goal = goals_.goal(id);
    Moves out;
    const Item closed = item({.kind = Kind::closed});
    for (const Item begin : goal.plain) out.calls.push_back({begin, closed});
    for (const Item begin : goal.strings) out.arcs.push_back({'"', '"', begin});
    for (const std::uint32_t shape : goal.objects) {
        out.arcs.push_back({'{', '{', item({.kind = Kind::object_open, .shape = shape})});
    }
    for (const std::uint32_t shape : goal.arrays) {
        out.arcs.push_back({'[', '[', item({.kind = Kind::array_open, .shape = shape})});
    }
    return out;
}

// More white space.
void JsonSource::add_space(const Place& at, Moves& out) {
    const auto add = [&](char byte, std::uint8_t space) {
        Place to = at;
        to.space = space;
        out.arcs.push_back(
            {static_cast<std::uint8_t>(byte), static_cast<std::uint8_t>(byte), item(to)});
    };
    if (at.space == 0) {
        add(' ', 1);
        add('\n', 2);
    } else if (at.space >= 2 && at.space < kMostIndent + 2) {
        const auto more = static_cast<std::uint8_t>(at.space + 1);
        add(' ', more);
        add('\t', more);
    }
}

Moves JsonSource::moves_of_array(const Place& at) {
    ArrayShape& shape = goals_.array(at.shape);
    Moves out;
    const bool may_close = shape.may_close(at.state);
    const auto next = shape.next(at.state);
    if (at.kind == Kind::array_after) {
        if (!next.empty() && at.space == 0) {
            out.arcs.push_back(
                {',', ',',
                 item({.kind = Kind::array_comma, .shape = at.shape, .state = at.state})});
        }
        if (!may_close) return out;
        add_space(at, out);
    } else {
        for (const ArrayShape::Next& one : next) {
            out.calls.push_back(
                {value_of(one.goal),
                 item({.kind = Kind::array_after, .shape = at.shape, .state = one.after})});
        }
        if (!next.empty()) add_space(at, out);
    }
    if (may_close && at.kind != Kind::array_comma) {
        out.arcs.push_back({']', ']', item({.kind = Kind::closed})});
    }
    return out;
}

std::uint32_t JsonSource::content_after(std::uint32_t content, unsigned byte) {
    if (content == kAnyContent) return content;
    std::string text = contents_[content] + static_cast<char>(byte);
    const auto fresh = static_cast<std::uint32_t>(contents_.size());
    const auto [found, is_new] = content_numbers_.try_emplace(text, fresh);
    if (is_new) contents_.push_back(std::move(text));
    return found->second;
}

// A name whose bytes matter is like one that is not there yet, but for its end where it is there.
Item JsonSource::like(std::uint32_t local, std::vector<std::string>& except) {
    const Place at = places_[local];
    if (at.kind != Kind::object_name || at.content >= kEscaped) return kNoItem;
    ObjectShape& shape = goals_.object(at.shape);
    if (!shape.counts_names()) return kNoItem;
    const std::string& so_far = contents_[at.content];
    for (const std::string& name : shape.others(at.state)) {
        if (name.starts_with(so_far)) except.push_back(name.substr(so_far.size()) + "\"");
    }
    Place other = at;
    other.content = kAnyContent;
    return item(other);
}

void JsonSource::add_name_start(const Place& at, Moves& out) {
    if (!goals_.object(at.shape).may_add(at.state)) return;
    out.arcs.push_back(
        {'"', '"', item({.kind = Kind::object_name, .shape = at.shape, .state = at.state})});
    add_space(at, out);
}

// A byte of a name. A name that no schema mentions goes on as any string, which many places share.
void JsonSource::add_name_byte(const Place& at, const Arc& bytes, const TextPlace& to, Moves& out) {
    ObjectShape& shape = goals_.object(at.shape);
    const bool settled =
        to.inside == Inside::none || to.inside == Inside::utf8_any || to.inside == Inside::hex_any;
    const auto label = shape.only_label(to.state);
    if (!shape.counts_names() && settled && label && shape.is_free(to.state, *label)) {
        TextPlace any = to;
        any.state = 0;
        const Item then = item(
            {.kind = Kind::object_colon, .shape = at.shape, .state = at.state, .label = *label});
        out.arcs.push_back({bytes.lo, bytes.hi, texts_.at(0, any), then});
        return;
    }
    Place next = at;
    next.text = to;
    if (!shape.counts_names() || at.content == kEscaped) {
        out.arcs.push_back({bytes.lo, bytes.hi, item(next)});
        return;
    }
    for (unsigned byte = bytes.lo; byte <= bytes.hi; ++byte) {
        next.content = byte == '\\' ? kEscaped : content_after(at.content, byte);
        const auto one = static_cast<std::uint8_t>(byte);
        out.arcs.push_back({one, one, item(next)});
    }
}

// Where names are counted, escapes are only in those that schemas mention: equal names of others then
// have equal bytes.
void JsonSource::add_name(const Place& at, Moves& out) {
    ObjectShape& shape = goals_.object(at.shape);
    const CharDfa& names = shape.names();
    const TextWalk walk(names, Spelling::json);
    const auto add = [&](bool escapes, bool others, bool known) {
        const auto live = [&](std::uint32_t state) {
            return shape.allows_some(at.state, state, known);
        };
        walk.bytes_after(at.text, live, [&](std::uint8_t lo, std::uint8_t hi, const TextPlace& to) {
            if (lo == '\\' && at.text.inside == Inside::none ? escapes : others) {
                add_name_byte(at, {lo, hi}, to, out);
            }
        });
    };
    if (!shape.counts_names()) {
        add(true, true, false);
    } else if (at.content == kEscaped) {
        add(true, true, true);
    } else {
        add(false, true, false);
        add(true, false, true);
    }
    if (at.text.inside != Inside::none) return;
    const std::int32_t label = names.label(at.text.state);
    if (label == CharDfa::kRejects) return;
    const auto found = static_cast<ObjectShape::Label>(label);
    if (!shape.allows(at.state, found)) return;
    const bool counts = shape.counts_names() && !shape.is_known(found);
    if (counts && at.content == kEscaped) return;
    if (counts && at.content != kAnyContent && shape.has(at.state, contents_[at.content])) return;
    out.arcs.push_back({'"', '"',
                        item({.kind = Kind::object_colon,
                              .shape = at.shape,
                              .state = at.state,
                              .label = found,
                              .content = counts ? at.content : 0})});
}

// Of the object, with the member whose name was read.
std::uint32_t JsonSource::state_after(const Place& at, std::uint32_t witnesses) {
    ObjectShape& shape = goals_.object(at.shape);
    const bool counts = shape.counts_names() && at.content < kEscaped;
    const std::string name = counts ? contents_[at.content] : "\"";  // no name has that
    return shape.with(at.state, at.label, witnesses, name);
}

Moves JsonSource::moves_of_object(const Place& at) {
    ObjectShape& shape = goals_.object(at.shape);
    Moves out;
    Place to = at;
    switch (at.kind) {
        case Kind::object_name:
            add_name(at, out);
            return out;
        case Kind::object_colon:
            to.kind = Kind::object_value;
            out.arcs.push_back({':', ':', item(to)});
            return out;
        case Kind::object_value:
            to.space = 1;
            if (at.space == 0) out.arcs.push_back({' ', ' ', item(to)});
            for (const ObjectShape::Variant& variant : shape.variants(at.label)) {
                const std::uint32_t after = state_after(at, variant.witnesses);
                if (shape.rest(after) >= kNever) continue;
                out.calls.push_back(
                    {value_of(variant.goal),
                     item({.kind = Kind::object_after, .shape = at.shape, .state = after})});
            }
            return out;
        case Kind::object_after:
            if (at.space == 0 && shape.may_add(at.state)) {
                out.arcs.push_back(
                    {',', ',',
                     item({.kind = Kind::object_comma, .shape = at.shape, .state = at.state})});
            }
            if (shape.may_close(at.state)) add_space(at, out);
            break;
        default:
            add_name_start(at, out);
            break;
    }
    if (shape.may_close(at.state) && at.kind != Kind::object_comma) {
        out.arcs.push_back({'}', '}', item({.kind = Kind::closed})});
    }
    return out;
}

Moves JsonSource::moves(std::uint32_t local) {
    const Place at = places_[local];
    switch (at.kind) {
        case Kind::value:
            return moves_of_value(at.shape);
        case Kind::closed: {
            Moves out;
            out.ends = true;
            return out;
        }
        case Kind::array_open:
        case Kind::array_after:
        case Kind::array_comma:
            return moves_of_array(at);
        default:
            return moves_of_object(at);
    }
}

std::uint64_t JsonSource::rest_of_name(const Place& at) {
    ObjectShape& shape = goals_.object(at.shape);
    const TextWalk walk(shape.names(), Spelling::json);
    return walk.rest(at.text,
                     [&](std::uint32_t state) { return shape.rest_of_name(at.state, state); });
}

std::uint64_t JsonSource::rest_of(const Place& at) {
    switch (at.kind) {
        case Kind::value:
            return goals_.shortest(at.shape);
        case Kind::closed:
            return 0;
        case Kind::array_open:
        case Kind::array_comma: {
            std::uint64_t best = kNever;
            ArrayShape& shape = goals_.array(at.shape);
            if (at.kind == Kind::array_open && shape.may_close(at.state)) return 1;
            for (const auto& one : shape.next(at.state)) {
                best = std::min(best, goals_.shortest(one.goal) + shape.rest(one.after));
            }
            return best;
        }
        case Kind::array_after:
            return goals_.array(at.shape).rest(at.state);
        case Kind::object_name:
            return rest_of_name(at);
        case Kind::object_open:
        case Kind::object_comma: {
            ObjectShape& shape = goals_.object(at.shape);
            if (at.kind == Kind::object_open && shape.may_close(at.state)) return 1;
            return 1 + shape.rest_of_name(at.state, 0);
        }
        case Kind::object_colon:
        case Kind::object_value: {
            ObjectShape& shape = goals_.object(at.shape);
            std::uint64_t best = kNever;
            for (const ObjectShape::Variant& variant : shape.variants(at.label)) {
                best = std::min(
                    best, variant.value_bytes + shape.rest(state_after(at, variant.witnesses)));
            }
            return best + (at.kind == Kind::object_colon ? 1 : 0);
        }
        case Kind::object_after:
            return goals_.object(at.shape).rest(at.state);
    }
    return kNever;
}

std::uint32_t JsonSource::rest(std::uint32_t local) {
    if (rests_[local] >= kNever) {
        const Place at = places_[local];
        const std::uint64_t rest = rest_of(at);
        rests_[local] = std::min<std::uint64_t>(rest, UINT32_MAX);
    }
    return static_cast<std::uint32_t>(rests_[local]);
}

}  // namespace quire::constraints
