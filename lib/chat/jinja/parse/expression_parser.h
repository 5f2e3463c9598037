// Expressions, by the grammar of jinja2's parser: filters and `is` bind tighter than arithmetic,
// ** is left-associative, and a - before a number belongs to the operand of a filter.
#pragma once

#include "lib/chat/jinja/parse/token_stream.h"

namespace quire::jinja {

class ExpressionParser {
  public:
    explicit ExpressionParser(TokenStream& stream) : stream_(stream) {}

    enum class Conditional { allowed, refused };

    // With or without "a if b else c".
    ExpressionPtr expression(Conditional conditional = Conditional::allowed);
    // An expression, or several with commas between them, which make a tuple.
    ExpressionPtr tuple(Conditional conditional = Conditional::allowed);
    // "name(arguments)|name..." as a filter block and a block assignment begin; null for none.
    ExpressionPtr filters_of_block(bool starts_with_name);
    Target target(bool namespace_allowed);

    // The uses of the macros that the place of reading is inside of; filled in as names are met.
    std::vector<MacroUses*> macros;

  private:
    ExpressionPtr make(ExpressionKind kind, int line);
    // Adds a part and checks the depth of the tree.
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
