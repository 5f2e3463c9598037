// Parses expressions by the grammar of jinja2: filters and `is` bind tighter than arithmetic, ** is
// left-associative, and a - before a number is part of the operand of a filter.
#pragma once

#include "lib/chat/jinja/parse/token_stream.h"

namespace quire::jinja {

class ExpressionParser {
  public:
    explicit ExpressionParser(TokenStream& stream) : stream_(stream) {}

    enum class Conditional { allowed, refused };

    // With or without "a if b else c".
    ExpressionPtr expression(Conditional conditional = Conditional::allowed);
    // One expression, or several separated by commas, which form a tuple.
    ExpressionPtr tuple(Conditional conditional = Conditional::allowed);
    // "name(arguments)|name..." at the start of a filter block or block assignment; null if there
    // is none.
    ExpressionPtr filters_of_block(bool starts_with_name);
    Target target(bool namespace_allowed);

    // The implicit names used by the macros around the current position, updated while parsing.
    std::vector<MacroUses*> macros;

  private:
    ExpressionPtr make(ExpressionKind kind, int line);
    // Adds a part and checks the height of the tree.
    void add(Expression& parent, ExpressionPtr part);
    ExpressionPtr binary(ExpressionKind kind, int line, ExpressionPtr left, ExpressionPtr right);

    ExpressionPtr logical_or();
    ExpressionPtr logical_and();
    ExpressionPtr logical_not();
    ExpressionPtr compare();
    ExpressionPtr sum();
    ExpressionPtr concat();
    ExpressionPtr product();
    ExpressionPtr power();
    ExpressionPtr unary(bool with_filters);
    ExpressionPtr primary();
    ExpressionPtr name();
    ExpressionPtr constant(Value value, int line);
    ExpressionPtr call(ExpressionPtr callee);
    ExpressionPtr postfix(ExpressionPtr value);
    ExpressionPtr filters(ExpressionPtr value);
    ExpressionPtr filter(ExpressionPtr value);
    ExpressionPtr test(ExpressionPtr value);
    ExpressionPtr attribute(ExpressionPtr value);
    ExpressionPtr subscript(ExpressionPtr value);
    ExpressionPtr list();
    ExpressionPtr dict();
    void arguments(Expression& call);
    void add_argument(Expression& call);
    void note_use(const std::string& name);
    bool at_tuple_end() const;
    std::optional<Comparison> comparison();
    Target target_element(bool namespace_allowed);

    TokenStream& stream_;
};

}  // namespace quire::jinja
