// Evaluation of statements.
#include "lib/chat/jinja/evaluate/evaluator.h"

#include <algorithm>

#include "lib/chat/jinja/evaluate/functions.h"
#include "lib/chat/jinja/evaluate/loop.h"
#include "lib/chat/jinja/values/repr.h"
#include "lib/chat/jinja/values/value_ops.h"

namespace quire::jinja {
namespace {

// Sets a variable, and restores it when destroyed.
template <typename T>
class Restore {
  public:
    Restore(T& variable, T value) : variable_(variable), before_(std::move(variable)) {
        variable_ = std::move(value);
    }
    ~Restore() { variable_ = std::move(before_); }
    Restore(const Restore&) = delete;
    Restore& operator=(const Restore&) = delete;

  private:
    T& variable_;
    T before_;
};

class LoopEnd {
  public:
    explicit LoopEnd(Loop& loop) : loop_(loop) {}
    ~LoopEnd() { loop_.finish(); }
    LoopEnd(const LoopEnd&) = delete;
    LoopEnd& operator=(const LoopEnd&) = delete;

  private:
    Loop& loop_;
};

}  // namespace

Evaluator::ScopeEntry::ScopeEntry(Evaluator& evaluator, Scope* outer)
    : evaluator_(evaluator), before_(evaluator.scope_), scope_(std::make_unique<Scope>()) {
    scope_->outer = outer;
    evaluator.scope_ = scope_.get();
}

Evaluator::ScopeEntry::~ScopeEntry() {
    evaluator_.scope_ = before_;
    if (scope_->is_kept) evaluator_.kept_.push_back(std::move(scope_));
}

Evaluator::DepthEntry::DepthEntry(int& depth) : depth_(depth) {
    if (depth == kMaxEvalDepth) {
        throw Failure(ErrorCode::model, "evaluation nested too deeply");
    }
    ++depth_;
}

Evaluator::Evaluator(Context& context, const Program& program, std::int64_t now)
    : context_(context), program_(program), now_(now) {
    top_.outer = &variables_;
}

void Evaluator::define(std::string_view name, Value value) {
    const auto place = std::find(program_.names.begin(), program_.names.end(), name);
    if (place == program_.names.end()) return;  // the template does not use it
    variables_.values[static_cast<int>(place - program_.names.begin())] = std::move(value);
}

Text Evaluator::run() {
    return capture(program_.body);
}

Evaluator::Flow Evaluator::run_block(const Block& block) {
    for (const auto& statement : block) {
        const Flow flow = run_statement(*statement);
        if (flow != Flow::normal) return flow;
    }
    return Flow::normal;
}

Evaluator::Flow Evaluator::run_statement(const Statement& statement) {
    const DepthEntry entry(depth_);
    try {
        context_.budget.steps(1);
        return dispatch(statement);
    } catch (Failure& failure) {
        if (failure.line == 0) failure.line = statement.line;
        throw;
    }
}

Evaluator::Flow Evaluator::dispatch(const Statement& statement) {
    switch (statement.kind) {
        case StatementKind::text:
            write(statement.text);
            break;
        case StatementKind::print:
            write(to_text(context_, evaluate(*statement.value)));
            break;
        case StatementKind::branch:
            return run_branch(statement);
        case StatementKind::loop:
            return run_loop(statement);
        case StatementKind::assign:
            assign(statement.target, evaluate(*statement.value));
            break;
        case StatementKind::assign_block:
            run_assign_block(statement);
            break;
        case StatementKind::filter_block:
            run_filter_block(statement);
            break;
        case StatementKind::macro:
            make_macro(statement);
            break;
        case StatementKind::call_block:
            run_call_block(statement);
            break;
        case StatementKind::scope:
            run_scope(statement);
            break;
        case StatementKind::generation: {
            const ScopeEntry scope(*this, scope_);
            run_block(statement.body);
            break;
        }
        case StatementKind::break_loop:
            return Flow::break_loop;
        case StatementKind::continue_loop:
            return Flow::continue_loop;
    }
    return Flow::normal;
}

Evaluator::Flow Evaluator::run_branch(const Statement& statement) {
    for (const Branch& branch : statement.branches) {
        if (is_true(evaluate(*branch.condition))) return run_block(branch.body);
    }
    return run_block(statement.otherwise);
}

Evaluator::Flow Evaluator::run_loop(const Statement& statement) {
    return run_loop_over(statement, evaluate(*statement.value), scope_, 1);
}

Evaluator::Flow Evaluator::run_loop_over(const Statement& statement, const Value& items,
                                         Scope* outer, int depth) {
    Loop::Condition condition;
    if (statement.condition) {
        condition = [this, &statement, outer](const Value& item) {
            const ScopeEntry scope(*this, outer);
            assign(statement.target, item);
            return is_true(evaluate(*statement.condition));
        };
    }
    Loop* const loop =
        context_.arena.add(std::make_unique<Loop>(context_, items, std::move(condition), depth));
    if (statement.is_recursive) loop->allow_recursion(statement, outer);
    const LoopEnd end(*loop);
    // An iteration ran to its end; if none did, the else block runs, as in jinja2.
    bool ran = false;
    while (loop->advance(context_)) {
        const ScopeEntry scope(*this, outer);
        scope_->values[program_.loop_name_id] = Value(loop);
        assign(statement.target, loop->current());
        const Flow flow = run_block(statement.body);
        if (flow == Flow::break_loop) break;
        if (flow == Flow::normal) ran = true;
    }
    if (ran || statement.otherwise.empty()) return Flow::normal;
    const ScopeEntry scope(*this, outer);
    return run_block(statement.otherwise);
}

Text Evaluator::capture(const Block& block) {
    Text text;
    const Restore<Text*> out(out_, &text);
    run_block(block);
    return text;
}

void Evaluator::run_assign_block(const Statement& statement) {
    Value value;
    {
        const ScopeEntry scope(*this, scope_);
        value = make_text(context_, capture(statement.body));
        if (statement.value) {
            const Restore<Value> text(block_text_, value);
            value = evaluate(*statement.value);
        }
    }
    assign(statement.target, value);
}

void Evaluator::run_filter_block(const Statement& statement) {
    const ScopeEntry scope(*this, scope_);
    const Restore<Value> text(block_text_, make_text(context_, capture(statement.body)));
    write(to_text(context_, evaluate(*statement.value)));
}

void Evaluator::run_scope(const Statement& statement) {
    Scope* const outer = scope_;
    std::vector<Value> values;
    for (const auto& [target, value] : statement.assignments) values.push_back(evaluate(*value));
    const ScopeEntry scope(*this, outer);
    for (std::size_t i = 0; i < values.size(); ++i) {
        assign(statement.assignments[i].first, values[i]);
    }
    run_block(statement.body);
}

// Scopes in which a macro was defined live until the end.
void Evaluator::keep_scopes() {
    constexpr std::uint64_t kMacroSteps = 100;
    context_.budget.steps(kMacroSteps);
    for (Scope* scope = scope_; scope && !scope->is_kept; scope = scope->outer) {
        scope->is_kept = true;
    }
}

void Evaluator::run_call_block(const Statement& statement) {
    keep_scopes();
    const Macro* caller = context_.arena.add(std::make_unique<Macro>(Macro{statement, scope_}));
    write(to_text(context_, call(*statement.value, caller)));
}

void Evaluator::make_macro(const Statement& statement) {
    keep_scopes();
    const Macro* macro = context_.arena.add(std::make_unique<Macro>(Macro{statement, scope_}));
    scope_->values[statement.target.name_id] = Value(macro);
}

void Evaluator::write(const Text& text) {
    context_.budget.bytes(text.weight());
    out_->append(text);
}

void Evaluator::assign(const Target& target, const Value& value) {
    context_.budget.steps(1);
    if (!target.attribute.empty()) return assign_attribute(target, value);
    if (!target.is_tuple) {
        scope_->values[target.name_id] = value;
        return;
    }
    const std::shared_ptr<const Sequence> items = iterate(context_, value);
    if (items->items.size() != target.elements.size()) {
        throw type_failure("expected " + std::to_string(target.elements.size()) +
                           " values to unpack, found " + std::to_string(items->items.size()));
    }
    for (std::size_t i = 0; i < items->items.size(); ++i) {
        assign(target.elements[i], items->items[i]);
    }
}

void Evaluator::assign_attribute(const Target& target, const Value& value) {
    Expression name;
    name.kind = ExpressionKind::name;
    name.name = target.name;
    name.name_id = target.name_id;
    Namespace* space = look_up(name).name_space();
    if (!space) throw type_failure("'" + target.name + "' is not a namespace to assign to");
    check_namespace_name(target.attribute);
    space->attributes.set(context_.budget, target.attribute, value);
}

}  // namespace quire::jinja
