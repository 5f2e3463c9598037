// Evaluation of expressions and calls.
#include <algorithm>

#include "lib/chat/jinja/evaluate/evaluator.h"
#include "lib/chat/jinja/evaluate/functions.h"
#include "lib/chat/jinja/evaluate/loop.h"
#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/filters/predicates.h"
#include "lib/chat/jinja/methods/methods.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/subscript.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {

Value Evaluator::evaluate(const Expression& expression) {
    const DepthEntry entry(depth_);
    try {
        context_.budget.steps(1);
        return compute(expression);
    } catch (Failure& failure) {
        if (failure.line == 0) failure.line = expression.line;
        throw;
    }
}

Value Evaluator::compute(const Expression& expression) {
    const auto part = [&](std::size_t index) { return evaluate(*expression.parts[index]); };
    switch (expression.kind) {
        case ExpressionKind::constant:
            return expression.constant;
        case ExpressionKind::name:
            return look_up(expression);
        case ExpressionKind::list:
            return make_list(context_, evaluate_all(expression));
        case ExpressionKind::tuple:
            return make_tuple(context_, evaluate_all(expression));
        case ExpressionKind::dict:
            return make_dict_of(expression);
        case ExpressionKind::attribute:
            return get_attribute(context_, part(0), expression.name);
        case ExpressionKind::item: {
            const Value value = part(0);
            return get_item(context_, value, part(1));
        }
        case ExpressionKind::slice:
            return slice(expression);
        case ExpressionKind::call:
            return call(expression);
        case ExpressionKind::filter: {
            const Value input = expression.parts[0] ? part(0) : block_text_;
            return apply_filter(context_, expression.name, input, arguments_of(expression));
        }
        case ExpressionKind::test: {
            const Value value = part(0);
            return Value(apply_test(context_, expression.name, value, arguments_of(expression)));
        }
        case ExpressionKind::negate:
            return negate(part(0));
        case ExpressionKind::plus:
            return plus(part(0));
        case ExpressionKind::logical_not:
            return Value(!is_true(part(0)));
        case ExpressionKind::logical_and: {
            Value left = part(0);
            return is_true(left) ? part(1) : left;
        }
        case ExpressionKind::logical_or: {
            Value left = part(0);
            return is_true(left) ? left : part(1);
        }
        case ExpressionKind::arithmetic: {
            const Value left = part(0);
            return calculate(context_, expression.operation, left, part(1));
        }
        case ExpressionKind::concat:
            return concat(expression);
        case ExpressionKind::compare:
            return compare(expression);
        case ExpressionKind::conditional:
            if (is_true(part(1))) return part(0);
            if (expression.parts[2]) return part(2);
            return Value::undefined("an inline if was false and has no else");
    }
    return Value();
}

Value Evaluator::look_up(const Expression& name) const {
    for (const Scope* scope = scope_; scope; scope = scope->outer) {
        const auto place = scope->values.find(name.name_id);
        if (place != scope->values.end()) return place->second;
    }
    if (const std::optional<Function> function = find_function(name.name)) return Value(*function);
    return Value::undefined("'" + name.name + "' is undefined");
}

std::vector<Value> Evaluator::evaluate_all(const Expression& expression) {
    std::vector<Value> values;
    for (const ExpressionPtr& part : expression.parts) values.push_back(evaluate(*part));
    return values;
}

Value Evaluator::make_dict_of(const Expression& expression) {
    Dict dict;
    for (std::size_t i = 0; i + 1 < expression.parts.size(); i += 2) {
        const Value key = evaluate(*expression.parts[i]);
        dict.set(context_.budget, key, evaluate(*expression.parts[i + 1]));
    }
    return make_dict(context_, std::move(dict));
}

Value Evaluator::slice(const Expression& expression) {
    const auto bound = [&](std::size_t index) {
        const ExpressionPtr& part = expression.parts[index];
        return part ? evaluate(*part) : Value();
    };
    const Value value = evaluate(*expression.parts[0]);
    Slice bounds;
    bounds.start = bound(1);
    bounds.stop = bound(2);
    bounds.step = bound(3);
    return get_slice(context_, value, bounds);
}

Value Evaluator::concat(const Expression& expression) {
    Text text;
    for (const ExpressionPtr& part : expression.parts) {
        text.append(to_text(context_, evaluate(*part)));
    }
    return make_text(context_, std::move(text));
}

Value Evaluator::compare(const Expression& expression) {
    Value left = evaluate(*expression.parts[0]);
    for (std::size_t i = 0; i < expression.comparisons.size(); ++i) {
        Value right = evaluate(*expression.parts[i + 1]);
        if (!holds(expression.comparisons[i], left, right)) return Value(false);
        left = std::move(right);
    }
    return Value(true);
}

bool Evaluator::holds(Comparison comparison, const Value& left, const Value& right) {
    Budget& budget = context_.budget;
    switch (comparison) {
        case Comparison::equal:
            return equal(budget, left, right);
        case Comparison::not_equal:
            return !equal(budget, left, right);
        case Comparison::less:
            return less(budget, left, right);
        case Comparison::less_equal:
            return less_or_equal(budget, left, right);
        case Comparison::greater:
            return less(budget, right, left);
        case Comparison::greater_equal:
            return less_or_equal(budget, right, left);
        case Comparison::in:
            return contains(context_, right, left);
        case Comparison::not_in:
            return !contains(context_, right, left);
    }
    return false;
}

Arguments Evaluator::arguments_of(const Expression& expression) {
    Arguments arguments;
    for (std::size_t i = 1; i < expression.parts.size(); ++i) {
        arguments.positional.push_back(evaluate(*expression.parts[i]));
    }
    for (const auto& [name, value] : expression.named) {
        arguments.named.emplace_back(name, evaluate(*value));
    }
    if (expression.star) {
        const Value value = evaluate(*expression.star);
        refuse_undefined(value);
        const std::shared_ptr<const Sequence> items = iterate(context_, value);
        context_.budget.steps(items->items.size());
        arguments.positional.insert(arguments.positional.end(), items->items.begin(),
                                    items->items.end());
    }
    if (expression.double_star) {
        const Value value = evaluate(*expression.double_star);
        refuse_undefined(value);
        const Dict* dict = value.dict();
        if (!dict) throw type_failure("** needs a dict, found " + std::string(value.type_name()));
        for (const Dict::Entry& entry : dict->entries()) {
            context_.budget.steps(1);
            if (!entry.key.string())
                throw type_failure("** of a dict with keys that are not strings");
            const std::string name(entry.key.string()->text.bytes());
            for (const auto& [other, given] : arguments.named) {
                if (other == name) throw type_failure("the argument '" + name + "' is given twice");
            }
            arguments.named.emplace_back(name, entry.value);
        }
    }
    return arguments;
}

Value Evaluator::call(const Expression& expression, const Macro* caller) {
    const Value callee = evaluate(*expression.parts[0]);
    refuse_undefined(callee);
    Arguments arguments = arguments_of(expression);
    if (caller) arguments.named.emplace_back("caller", Value(caller));
    if (const Macro* macro = callee.macro()) return call_macro(*macro, std::move(arguments));
    if (const Function* function = callee.get<Function>()) {
        return call_function(context_, *function, arguments, now_);
    }
    if (Joiner* joiner = callee.joiner()) return call_joiner(*joiner, arguments);
    if (Loop* loop = callee.loop()) return call_loop(*loop, arguments);
    const Method* method = callee.method();
    if (!method) throw type_failure("a " + std::string(callee.type_name()) + " cannot be called");
    if (Loop* loop = method->self.loop()) return call_loop_method(*loop, *method, arguments);
    return call_method(context_, *method, arguments);
}

// loop(items): runs the same loop over other items, one level deeper.
Value Evaluator::call_loop(Loop& loop, const Arguments& arguments) {
    const Bound bound("loop", arguments, {"iterable"});
    const Statement* statement = loop.recursive_statement();
    if (!statement) throw type_failure("a loop without 'recursive' cannot be called");
    if (call_depth_ == kMaxCallDepth) {
        throw Failure(ErrorCode::model, "recursive loops nested too deeply");
    }
    const DepthEntry entry(call_depth_);
    Text text;
    const Value& items = bound.required(0);
    Text* const before = std::exchange(out_, &text);
    try {
        run_loop_over(*statement, items, loop.outer_scope(), loop.depth() + 1);
    } catch (...) {
        out_ = before;
        throw;
    }
    out_ = before;
    return make_text(context_, std::move(text));
}

Value Evaluator::call_loop_method(Loop& loop, const Method& method, const Arguments& arguments) {
    if (!arguments.named.empty()) throw type_failure("loop." + method.name + "() takes no names");
    if (method.name == "cycle") return loop.cycle(arguments.positional);
    return Value(loop.changed(context_, arguments.positional));
}

Value Evaluator::call_macro(const Macro& macro, Arguments arguments) {
    if (call_depth_ == kMaxCallDepth) {
        throw Failure(ErrorCode::model, "macro calls nested too deeply");
    }
    const DepthEntry entry(call_depth_);
    const ScopeEntry scope(*this, macro.scope);
    bind_parameters(macro, std::move(arguments));
    return make_text(context_, capture(macro.definition.body));
}

// source: jinja2/runtime.py, Macro.__call__.
void Evaluator::bind_parameters(const Macro& macro, Arguments arguments) {
    const std::vector<Parameter>& parameters = macro.definition.parameters;
    const std::size_t n_given = std::min(arguments.positional.size(), parameters.size());
    for (std::size_t i = n_given; i < parameters.size(); ++i) {
        auto& named = arguments.named;
        const auto given = std::find_if(named.begin(), named.end(), [&](const auto& each) {
            return each.first == parameters[i].name;
        });
        if (given == named.end()) continue;
        scope_->values[parameters[i].name_id] = given->second;
        named.erase(given);
    }
    std::vector<Value> positional(
        arguments.positional.begin(),
        arguments.positional.begin() + static_cast<std::ptrdiff_t>(n_given));
    arguments.positional.erase(arguments.positional.begin(),
                               arguments.positional.begin() + static_cast<std::ptrdiff_t>(n_given));
    bind_rest(macro, std::move(arguments));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        const Parameter& parameter = parameters[i];
        if (i < n_given) {
            scope_->values[parameter.name_id] = positional[i];
        } else if (!scope_->values.contains(parameter.name_id)) {
            scope_->values[parameter.name_id] =
                parameter.otherwise
                    ? evaluate(*parameter.otherwise)
                    : Value::undefined("the parameter '" + parameter.name + "' was not given");
        }
    }
}

// Binds the arguments that no parameter took to `caller`, `varargs` and `kwargs`, where the macro
// uses them.
void Evaluator::bind_rest(const Macro& macro, Arguments arguments) {
    const MacroUses& uses = macro.definition.uses;
    auto& named = arguments.named;
    if (uses.caller) {
        const auto caller = std::find_if(named.begin(), named.end(),
                                         [](const auto& each) { return each.first == "caller"; });
        scope_->values[program_.caller_name_id] =
            caller == named.end() ? Value::undefined("No caller defined") : caller->second;
        if (caller != named.end()) named.erase(caller);
    }
    if (uses.kwargs) {
        Dict dict;
        for (const auto& [name, value] : named) dict.set(context_.budget, name, value);
        scope_->values[program_.kwargs_name_id] = make_dict(context_, std::move(dict));
    } else if (!named.empty()) {
        throw type_failure("the macro '" + macro.name() + "' takes no argument '" +
                           named.front().first + "'");
    }
    if (uses.varargs) {
        scope_->values[program_.varargs_name_id] =
            make_tuple(context_, std::move(arguments.positional));
    } else if (!arguments.positional.empty()) {
        throw type_failure("the macro '" + macro.name() + "' takes at most " +
                           std::to_string(macro.definition.parameters.size()) + " arguments");
    }
}

}  // namespace quire::jinja
