#include "lib/chat/jinja/values/value_ops.h"

#include <algorithm>
#include <cmath>

#include "lib/chat/jinja/values/text_ops.h"

namespace quire::jinja {
namespace {

// -1, 0, 1, or 2 if one is not a number. Exact: ints are not rounded to floats.
int compare_numbers(std::int64_t left, double right) {
    if (std::isnan(right)) return 2;
    if (right >= 0x1p63) return -1;
    if (right < -0x1p63) return 1;
    const double floor = std::floor(right);
    const auto whole = static_cast<std::int64_t>(floor);
    if (left != whole) return left < whole ? -1 : 1;
    return right > floor ? -1 : 0;
}

// Compares whole numbers by their decimal digits.
int compare_digits(std::string_view left, std::string_view right) {
    const bool a = left.starts_with('-');
    const bool b = right.starts_with('-');
    if (a != b) return a ? -1 : 1;
    int order = left.size() == right.size()  ? left.compare(right)
                : left.size() < right.size() ? -1
                                             : 1;
    order = order == 0 ? 0 : order < 0 ? -1 : 1;
    return a ? -order : order;
}

// Compares numbers of which one is beyond 64 bits.
int compare_big(const Value& left, const Value& right) {
    const auto digits_of = [](const Value& value) {
        if (const BigInteger* big = value.big()) return big->digits;
        if (const auto integer = value.integer()) return std::to_string(*integer);
        return whole_digits(*value.number());
    };
    for (const Value* side : {&left, &right}) {
        const double* number = side->get<double>();
        if (number == nullptr || std::isfinite(*number)) continue;
        if (std::isnan(*number)) return 2;
        return (*number < 0) == (side == &left) ? -1 : 1;
    }
    const int order = compare_digits(digits_of(left), digits_of(right));
    // A double this large is whole, so only a smaller one lost its fraction.
    return order;
}

int compare_numbers(const Value& left, const Value& right) {
    if (left.big() || right.big()) return compare_big(left, right);
    const std::optional<std::int64_t> a = left.integer();
    const std::optional<std::int64_t> b = right.integer();
    if (a && b) return *a == *b ? 0 : *a < *b ? -1 : 1;
    if (a) return compare_numbers(*a, *right.number());
    if (b) {
        const int turned = compare_numbers(*b, *left.number());
        return turned == 2 ? 2 : -turned;
    }
    const double x = *left.number();
    const double y = *right.number();
    if (std::isnan(x) || std::isnan(y)) return 2;
    return x == y ? 0 : x < y ? -1 : 1;
}

bool equal_dicts(Budget& budget, const Dict& left, const Dict& right) {
    if (left.size() != right.size()) return false;
    return std::all_of(left.entries().begin(), left.entries().end(), [&](const Dict::Entry& entry) {
        const Value* other = right.find(budget, entry.key);
        return other && equal(budget, entry.value, *other);
    });
}

bool equal_sequences(Budget& budget, const Sequence& left, const Sequence& right) {
    const bool comparable = left.kind == SequenceKind::list || left.kind == SequenceKind::tuple ||
                            left.kind == SequenceKind::range;
    if (!comparable || left.kind != right.kind || left.items.size() != right.items.size()) {
        return &left == &right;
    }
    return std::equal(left.items.begin(), left.items.end(), right.items.begin(),
                      [&](const Value& a, const Value& b) { return equal(budget, a, b); });
}

bool less_sequences(Budget& budget, const Sequence& left, const Sequence& right) {
    const std::size_t common = std::min(left.items.size(), right.items.size());
    for (std::size_t i = 0; i < common; ++i) {
        if (equal(budget, left.items[i], right.items[i])) continue;
        return less(budget, left.items[i], right.items[i]);
    }
    return left.items.size() < right.items.size();
}

}  // namespace

bool is_true(const Value& value) {
    if (value.is_undefined() || value.is_none()) return false;
    if (const std::optional<double> number = value.number()) return *number != 0;
    if (const String* string = value.string()) return !string->text.empty();
    if (const Sequence* sequence = value.sequence()) return !sequence->items.empty();
    if (const Dict* dict = value.dict()) return dict->size() != 0;
    return true;
}

bool equal(Budget& budget, const Value& left, const Value& right) {
    budget.steps(1);
    if (left.is_number() && right.is_number()) return compare_numbers(left, right) == 0;
    const String* a = left.string();
    const String* b = right.string();
    if (a && b) {
        if (a->text.size() != b->text.size()) return false;
        budget.bytes(a->text.size());
        return a->text.bytes() == b->text.bytes();
    }
    if (left.dict() && right.dict()) return equal_dicts(budget, *left.dict(), *right.dict());
    if (left.sequence() && right.sequence()) {
        return equal_sequences(budget, *left.sequence(), *right.sequence());
    }
    return (left.is_undefined() && right.is_undefined()) || same(left, right);
}

bool same(const Value& left, const Value& right) {
    if (left.data().index() != right.data().index()) return false;
    return std::visit(
        [&](const auto& a) {
            using T = std::decay_t<decltype(a)>;
            if constexpr (std::is_same_v<T, None>) {
                return true;
            } else if constexpr (std::is_same_v<T, Undefined>) {
                return a.why == right.get<Undefined>()->why;
            } else if constexpr (std::is_same_v<T, std::shared_ptr<const BigInteger>>) {
                return a->digits == right.big()->digits;
            } else if constexpr (std::is_same_v<T, std::shared_ptr<const String>>) {
                return a->text.bytes() == right.string()->text.bytes();
            } else {
                return a == *right.get<T>();
            }
        },
        left.data());
}

bool less(Budget& budget, const Value& left, const Value& right) {
    budget.steps(1);
    refuse_undefined(left);
    refuse_undefined(right);
    if (left.is_number() && right.is_number()) return compare_numbers(left, right) == -1;
    const String* a = left.string();
    const String* b = right.string();
    if (a && b) {
        budget.bytes(std::min(a->text.size(), b->text.size()));
        return a->text.bytes() < b->text.bytes();
    }
    const Sequence* c = left.sequence();
    const Sequence* d = right.sequence();
    if (c && d && c->kind == d->kind &&
        (c->kind == SequenceKind::list || c->kind == SequenceKind::tuple)) {
        return less_sequences(budget, *c, *d);
    }
    throw type_failure("no order between " + std::string(left.type_name()) + " and " +
                       std::string(right.type_name()));
}

bool less_or_equal(Budget& budget, const Value& left, const Value& right) {
    return less(budget, left, right) || equal(budget, left, right);
}

bool contains(Context& context, const Value& whole, const Value& part) {
    if (const String* string = whole.string()) {
        refuse_undefined(part);
        const String* wanted = part.string();
        if (!wanted) {
            throw type_failure("'in' of a string needs a string, not " +
                               std::string(part.type_name()));
        }
        context.budget.search(string->text.size(), wanted->text.size());
        return string->text.bytes().find(wanted->text.bytes()) != std::string_view::npos;
    }
    if (const Dict* dict = whole.dict()) return dict->find(context.budget, part) != nullptr;
    const auto found = [&](const Value& item) { return equal(context.budget, item, part); };
    if (Iterator* iterator = whole.iterator()) {
        while (iterator->next < iterator->items->items.size()) {
            if (found(iterator->items->items[iterator->next++])) return true;
        }
        return false;
    }
    const std::shared_ptr<const Sequence> items = iterate(context, whole);
    return std::any_of(items->items.begin(), items->items.end(), found);
}

bool is_iterable(const Value& value) {
    return value.is_undefined() || value.string() || value.sequence() || value.dict() ||
           value.iterator();
}

std::shared_ptr<const Sequence> iterate(Context& context, const Value& value) {
    if (const auto* sequence = value.get<std::shared_ptr<const Sequence>>()) return *sequence;
    std::vector<Value> items;
    if (const String* string = value.string()) {
        context.budget.steps(string->n_chars);
        for (Text& character : characters(string->text)) items.emplace_back(std::move(character));
    } else if (const Dict* dict = value.dict()) {
        context.budget.steps(dict->size());
        for (const Dict::Entry& entry : dict->entries()) items.push_back(entry.key);
    } else if (Iterator* iterator = value.iterator()) {
        const std::vector<Value>& all = iterator->items->items;
        context.budget.steps(all.size() - iterator->next);
        items.assign(all.begin() + static_cast<std::ptrdiff_t>(iterator->next), all.end());
        iterator->next = all.size();
    } else if (!value.is_undefined()) {
        throw type_failure(std::string(value.type_name()) + " is not iterable");
    }
    return *make_list(context, std::move(items)).get<std::shared_ptr<const Sequence>>();
}

std::optional<std::int64_t> length_of(const Value& value) {
    if (value.is_undefined()) return 0;
    if (const String* string = value.string()) return static_cast<std::int64_t>(string->n_chars);
    if (const Sequence* sequence = value.sequence()) {
        return static_cast<std::int64_t>(sequence->items.size());
    }
    if (const Dict* dict = value.dict()) return static_cast<std::int64_t>(dict->size());
    return std::nullopt;
}

void refuse_undefined(const Value& value) {
    if (const Undefined* undefined = value.get<Undefined>()) throw type_failure(*undefined->why);
}

}  // namespace quire::jinja
