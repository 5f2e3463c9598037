#include "lib/chat/jinja/parse/check_names.h"

#include "lib/chat/jinja/filters/filters.h"
#include "lib/chat/jinja/filters/predicates.h"

namespace quire::jinja {
namespace {

// The parser has bounded the depth of the tree.
void check(const ExpressionPtr& expression) {
    if (!expression || expression->kind == ExpressionKind::conditional) return;
    const bool known =
        (expression->kind != ExpressionKind::filter || is_filter(expression->name)) &&
        (expression->kind != ExpressionKind::test || is_test(expression->name));
    if (!known) {
        const char* kind = expression->kind == ExpressionKind::filter ? "filter" : "test";
        Failure failure = unsupported(std::string("the ") + kind + " '" + expression->name + "'");
        failure.line = expression->line;
        throw failure;
    }
    for (const ExpressionPtr& part : expression->parts) check(part);
    for (const auto& [name, value] : expression->named) check(value);
    check(expression->star);
    check(expression->double_star);
}

// Whether an unknown name is an error at once or only when evaluated. A condition delays it, until
// the body of anything that jinja2 compiles to a scope of its own.
enum class Counts { always, when_met };

void check(const Block& block, Counts counts);

void check(const Statement& statement, Counts counts) {
    if (statement.kind == StatementKind::branch) {
        for (const Branch& branch : statement.branches) check(branch.body, Counts::when_met);
        return check(statement.otherwise, Counts::when_met);
    }
    if (counts == Counts::always) {
        check(statement.value);
        for (const auto& [target, value] : statement.assignments) check(value);
    }
    check(statement.condition);
    for (const Parameter& each : statement.parameters) check(each.otherwise);
    check(statement.body, Counts::always);
    check(statement.otherwise, Counts::always);
}

void check(const Block& block, Counts counts) {
    for (const auto& statement : block) check(*statement, counts);
}

}  // namespace

void check_names(const Program& program) {
    check(program.body, Counts::always);
}

}  // namespace quire::jinja
