#include "lib/chat/jinja/filters/predicates.h"

#include <algorithm>

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/values/arithmetic.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

struct TestCall {
    Context& context;
    std::string_view name;
    const Value& value;
    const Arguments& arguments;

    // The argument of a test with one argument.
    Value other() const { return Bound(name, arguments, {""}).required(0); }
};

using Test = bool (*)(const TestCall& call);

struct TestEntry {
    std::string_view name;
    bool takes_argument;
    Test test;
};

// value % divisor == rest
bool leaves_rest(const TestCall& call, const Value& divisor, std::int64_t rest) {
    const Value found = calculate(call.context, Operator::modulo, call.value, divisor);
    return equal(call.context.budget, found, Value(rest));
}

bool is_indexable(const Value& value) {
    if (value.is_undefined() || value.string() || value.dict()) return true;
    const Sequence* sequence = value.sequence();
    return sequence &&
           (sequence->kind == SequenceKind::list || sequence->kind == SequenceKind::tuple ||
            sequence->kind == SequenceKind::range);
}

bool is_constant(const Value& value, bool wanted) {
    const bool* truth = value.get<bool>();
    return truth && *truth == wanted;
}

bool is_equal(const TestCall& call) {
    return equal(call.context.budget, call.value, call.other());
}
bool is_less(const TestCall& call) {
    return less(call.context.budget, call.value, call.other());
}
bool is_greater(const TestCall& call) {
    return less(call.context.budget, call.other(), call.value);
}
bool is_less_equal(const TestCall& call) {
    return less_or_equal(call.context.budget, call.value, call.other());
}
bool is_greater_equal(const TestCall& call) {
    return less_or_equal(call.context.budget, call.other(), call.value);
}

// The text of a value that names a filter or test. (jinja2 looks it up in a table.)
std::string_view name_of(const TestCall& call) {
    const String* name = call.value.string();
    return name ? name->text.bytes() : std::string_view();
}

constexpr TestEntry kTests[] = {
    {"boolean", false, [](const TestCall& call) { return call.value.is<bool>(); }},
    {"callable", false,
     [](const TestCall& call) {
         return call.value.method() || call.value.macro() || call.value.is<Function>() ||
                call.value.loop() || call.value.is_undefined() || call.value.joiner();
     }},
    {"defined", false, [](const TestCall& call) { return !call.value.is_undefined(); }},
    {"divisibleby", true, [](const TestCall& call) { return leaves_rest(call, call.other(), 0); }},
    {"eq", true, is_equal},
    {"equalto", true, is_equal},
    {"escaped", false, [](const TestCall& call) { return call.value.is_markup(); }},
    {"even", false,
     [](const TestCall& call) { return leaves_rest(call, Value(std::int64_t{2}), 0); }},
    {"filter", false, [](const TestCall& call) { return is_filter(name_of(call)); }},
    {"false", false, [](const TestCall& call) { return is_constant(call.value, false); }},
    {"float", false, [](const TestCall& call) { return call.value.is<double>(); }},
    {"ge", true, is_greater_equal},
    {"greaterthan", true, is_greater},
    {"gt", true, is_greater},
    {"in", true,
     [](const TestCall& call) { return contains(call.context, call.other(), call.value); }},
    {"integer", false,
     [](const TestCall& call) { return call.value.is<std::int64_t>() || call.value.big(); }},
    {"iterable", false,
     [](const TestCall& call) { return is_iterable(call.value) || call.value.loop(); }},
    {"le", true, is_less_equal},
    {"lessthan", true, is_less},
    {"lower", false,
     [](const TestCall& call) { return is_lower(to_text(call.context, call.value).bytes()); }},
    {"lt", true, is_less},
    {"mapping", false, [](const TestCall& call) { return call.value.dict() != nullptr; }},
    {"ne", true, [](const TestCall& call) { return !is_equal(call); }},
    {"none", false, [](const TestCall& call) { return call.value.is_none(); }},
    {"number", false, [](const TestCall& call) { return call.value.is_number(); }},
    {"odd", false,
     [](const TestCall& call) { return leaves_rest(call, Value(std::int64_t{2}), 1); }},
    {"sameas", true, [](const TestCall& call) { return same(call.value, call.other()); }},
    {"sequence", false, [](const TestCall& call) { return is_indexable(call.value); }},
    {"string", false, [](const TestCall& call) { return call.value.string() != nullptr; }},
    {"test", false, [](const TestCall& call) { return is_test(name_of(call)); }},
    {"true", false, [](const TestCall& call) { return is_constant(call.value, true); }},
    {"undefined", false, [](const TestCall& call) { return call.value.is_undefined(); }},
    {"upper", false,
     [](const TestCall& call) { return is_upper(to_text(call.context, call.value).bytes()); }},
    // select() and similar filters also accept operators.
    {"==", true, is_equal},
    {"!=", true, [](const TestCall& call) { return !is_equal(call); }},
    {"<", true, is_less},
    {"<=", true, is_less_equal},
    {">", true, is_greater},
    {">=", true, is_greater_equal},
};

const TestEntry* find_test(std::string_view name) {
    const auto* const entry =
        std::find_if(std::begin(kTests), std::end(kTests),
                     [&](const TestEntry& each) { return each.name == name; });
    return entry == std::end(kTests) ? nullptr : entry;
}

}  // namespace

bool is_test(std::string_view name) {
    return find_test(name) != nullptr;
}

bool apply_test(Context& context, std::string_view name, const Value& value,
                const Arguments& arguments) {
    const TestEntry* entry = find_test(name);
    if (!entry) throw unsupported("the test '" + std::string(name) + "'");
    context.budget.steps(1);
    if (!entry->takes_argument) const Bound none(entry->name, arguments, {});
    return entry->test({context, entry->name, value, arguments});
}

}  // namespace quire::jinja
