#include "lib/chat/jinja/values/arithmetic.h"

#include <cmath>
#include <limits>

#include "lib/chat/jinja/methods/format.h"
#include "lib/chat/jinja/values/text_ops.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

Failure overflow() {
    return type_failure("an integer of more than 64 bits");
}
Failure division_by_zero() {
    return type_failure("division by zero");
}

std::string_view symbol_of(Operator what) {
    switch (what) {
        case Operator::add:
            return "+";
        case Operator::subtract:
            return "-";
        case Operator::multiply:
            return "*";
        case Operator::divide:
            return "/";
        case Operator::floor_divide:
            return "//";
        case Operator::modulo:
            return "%";
        case Operator::power:
            return "**";
    }
    return "";
}

std::int64_t floor_divide(std::int64_t left, std::int64_t right) {
    if (right == 0) throw division_by_zero();
    if (right == -1) {
        if (left == std::numeric_limits<std::int64_t>::min()) throw overflow();
        return -left;
    }
    const std::int64_t quotient = left / right;
    return left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient;
}

std::int64_t modulo(std::int64_t left, std::int64_t right) {
    if (right == 0) throw division_by_zero();
    if (right == -1) return 0;
    const std::int64_t rest = left % right;
    return rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
}

// source: CPython Objects/floatobject.c, float_rem: the remainder has the sign of the divisor.
double modulo(double left, double right) {
    if (right == 0) throw division_by_zero();
    const double rest = std::fmod(left, right);
    if (rest == 0) return std::copysign(0.0, right);
    return (rest < 0) != (right < 0) ? rest + right : rest;
}

// source: CPython Objects/floatobject.c, _float_div_mod.
double floor_divide(double left, double right) {
    if (right == 0) throw division_by_zero();
    const double rest = std::fmod(left, right);
    double quotient = (left - rest) / right;
    if (rest != 0 && (right < 0) != (rest < 0)) quotient -= 1;
    if (quotient == 0) return std::copysign(0.0, left / right);
    const double floor = std::floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
}

std::int64_t power(std::int64_t base, std::int64_t exponent) {
    std::int64_t result = 1;
    while (exponent > 0) {
        if (exponent % 2 == 1 && __builtin_mul_overflow(result, base, &result)) throw overflow();
        exponent /= 2;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base)) throw overflow();
    }
    return result;
}

Value float_power(double base, double exponent) {
    if (base == 0 && exponent < 0) throw division_by_zero();
    if (base < 0 && std::isfinite(exponent) && exponent != std::floor(exponent)) {
        throw unsupported("a complex number");
    }
    const double result = std::pow(base, exponent);
    if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent)) {
        throw type_failure("a float too large");
    }
    return Value(result);
}

Value calculate_integers(Operator what, std::int64_t left, std::int64_t right) {
    std::int64_t result = 0;
    bool too_large = false;
    switch (what) {
        case Operator::add:
            too_large = __builtin_add_overflow(left, right, &result);
            break;
        case Operator::subtract:
            too_large = __builtin_sub_overflow(left, right, &result);
            break;
        case Operator::multiply:
            too_large = __builtin_mul_overflow(left, right, &result);
            break;
        case Operator::divide:
            if (right == 0) throw division_by_zero();
            return Value(static_cast<double>(left) / static_cast<double>(right));
        case Operator::floor_divide:
            result = floor_divide(left, right);
            break;
        case Operator::modulo:
            result = modulo(left, right);
            break;
        case Operator::power:
            if (right < 0) {
                return float_power(static_cast<double>(left), static_cast<double>(right));
            }
            result = power(left, right);
            break;
    }
    if (too_large) throw overflow();
    return Value(result);
}

Value calculate_floats(Operator what, double left, double right) {
    switch (what) {
        case Operator::add:
            return Value(left + right);
        case Operator::subtract:
            return Value(left - right);
        case Operator::multiply:
            return Value(left * right);
        case Operator::divide:
            if (right == 0) throw division_by_zero();
            return Value(left / right);
        case Operator::floor_divide:
            return Value(floor_divide(left, right));
        case Operator::modulo:
            return Value(modulo(left, right));
        case Operator::power:
            return float_power(left, right);
    }
    return Value();
}

bool can_repeat(const Sequence& sequence) {
    return sequence.kind == SequenceKind::list || sequence.kind == SequenceKind::tuple;
}

// + and * for strings, lists and tuples. Nothing if the operator does not accept these operands.
std::optional<Value> join(Context& context, const Value& left, const Value& right) {
    const String* a = left.string();
    const String* b = right.string();
    if (a && b && (a->markup || b->markup)) {
        Text text = a->markup ? a->text : escaped(a->text);
        text.append(b->markup ? b->text : escaped(b->text));
        return make_markup(context, std::move(text));
    }
    if (a && b) {
        Text text = a->text;
        text.append(b->text);
        return make_text(context, std::move(text));
    }
    const Sequence* c = left.sequence();
    const Sequence* d = right.sequence();
    if (c && d && c->kind == d->kind && can_repeat(*c)) {
        context.budget.steps(c->items.size() + d->items.size());
        std::vector<Value> items = c->items;
        items.insert(items.end(), d->items.begin(), d->items.end());
        return make_sequence(context, c->kind, std::move(items));
    }
    return std::nullopt;
}

std::optional<Value> repeat(Context& context, const Value& value, std::int64_t times) {
    if (const String* string = value.string()) {
        Text text;
        if (string->text.empty()) times = 0;
        for (; times > 0; --times) {
            context.budget.steps(1);
            text.append(string->text);
        }
        return make_like(context, *string, std::move(text));
    }
    const Sequence* sequence = value.sequence();
    if (!sequence || !can_repeat(*sequence)) return std::nullopt;
    std::vector<Value> items;
    if (sequence->items.empty()) times = 0;
    for (; times > 0; --times) {
        context.budget.steps(sequence->items.size());
        items.insert(items.end(), sequence->items.begin(), sequence->items.end());
    }
    return make_sequence(context, sequence->kind, std::move(items));
}

}  // namespace

Value calculate(Context& context, Operator what, const Value& left, const Value& right) {
    if (what == Operator::modulo && left.string()) {
        return format_percent(context, *left.string(), right);
    }
    refuse_undefined(left);
    refuse_undefined(right);
    if (left.big() || right.big()) throw unsupported("arithmetic with an integer beyond 64 bits");
    const std::optional<std::int64_t> a = left.integer();
    const std::optional<std::int64_t> b = right.integer();
    if (a && b) return calculate_integers(what, *a, *b);
    const std::optional<double> x = left.number();
    const std::optional<double> y = right.number();
    if (x && y) return calculate_floats(what, *x, *y);
    std::optional<Value> joined;
    if (what == Operator::add) joined = join(context, left, right);
    if (what == Operator::multiply && b) joined = repeat(context, left, *b);
    if (what == Operator::multiply && a) joined = repeat(context, right, *a);
    if (joined) return *joined;
    throw type_failure("no operator " + std::string(symbol_of(what)) + " for " +
                       std::string(left.type_name()) + " and " + std::string(right.type_name()));
}

Value negate(const Value& value) {
    refuse_undefined(value);
    if (const double* number = value.get<double>()) return Value(-*number);
    if (const BigInteger* big = value.big()) {
        return make_integer(big->digits.starts_with('-') ? big->digits.substr(1)
                                                         : "-" + big->digits);
    }
    if (const std::optional<std::int64_t> number = value.integer()) {
        return calculate_integers(Operator::subtract, 0, *number);
    }
    throw type_failure("no operator - for " + std::string(value.type_name()));
}

Value plus(const Value& value) {
    refuse_undefined(value);
    if (const std::optional<std::int64_t> number = value.integer()) return Value(*number);
    if (value.is<double>() || value.big()) return value;
    throw type_failure("no operator + for " + std::string(value.type_name()));
}

Value absolute(const Value& value) {
    refuse_undefined(value);
    if (const BigInteger* big = value.big()) {
        return big->digits.starts_with('-') ? negate(value) : value;
    }
    const std::optional<double> number = value.number();
    if (!number) throw type_failure("no absolute value of " + std::string(value.type_name()));
    if (value.is<double>()) return Value(std::abs(*number));
    return *number < 0 ? negate(value) : plus(value);
}

}  // namespace quire::jinja
