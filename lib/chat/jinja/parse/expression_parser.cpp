#include "lib/chat/jinja/parse/expression_parser.h"

#include <algorithm>
#include <array>

namespace quire::jinja {

ExpressionPtr ExpressionParser::make(ExpressionKind kind, int line) {
    auto made = std::make_unique<Expression>();
    made->kind = kind;
    made->line = line;
    return made;
}

void ExpressionParser::add(Expression& parent, ExpressionPtr part) {
    if (part) parent.depth = std::max(parent.depth, part->depth + 1);
    if (parent.depth > kMaxTreeDepth) stream_.fail("an expression with too many parts");
    parent.parts.push_back(std::move(part));
}

ExpressionPtr ExpressionParser::binary(ExpressionKind kind, int line, ExpressionPtr left,
                                       ExpressionPtr right) {
    ExpressionPtr made = make(kind, line);
    add(*made, std::move(left));
    add(*made, std::move(right));
    return made;
}

ExpressionPtr ExpressionParser::expression(Conditional conditional) {
    const TokenStream::Nesting nesting(stream_);
    ExpressionPtr value = logical_or();
    while (conditional == Conditional::allowed && stream_.at_name("if")) {
        ExpressionPtr made = make(ExpressionKind::conditional, stream_.line());
        stream_.next();
        add(*made, std::move(value));
        add(*made, logical_or());
        add(*made, stream_.skip_name("else") ? expression() : nullptr);
        value = std::move(made);
    }
    return value;
}

bool ExpressionParser::at_tuple_end() const {
    return stream_.at(TokenKind::print_end) || stream_.at(TokenKind::block_end) ||
           stream_.at_symbol(")");
}

ExpressionPtr ExpressionParser::tuple(Conditional conditional) {
    const int line = stream_.line();
    ExpressionPtr first = expression(conditional);
    if (!stream_.at_symbol(",")) return first;
    ExpressionPtr made = make(ExpressionKind::tuple, line);
    add(*made, std::move(first));
    while (stream_.skip_symbol(",") && !at_tuple_end()) add(*made, expression(conditional));
    return made;
}

ExpressionPtr ExpressionParser::logical_or() {
    ExpressionPtr left = logical_and();
    while (stream_.at_name("or")) {
        const int line = stream_.next().line;
        left = binary(ExpressionKind::logical_or, line, std::move(left), logical_and());
    }
    return left;
}

ExpressionPtr ExpressionParser::logical_and() {
    ExpressionPtr left = logical_not();
    while (stream_.at_name("and")) {
        const int line = stream_.next().line;
        left = binary(ExpressionKind::logical_and, line, std::move(left), logical_not());
    }
    return left;
}

ExpressionPtr ExpressionParser::logical_not() {
    if (!stream_.at_name("not")) return compare();
    const TokenStream::Nesting nesting(stream_);
    ExpressionPtr made = make(ExpressionKind::logical_not, stream_.next().line);
    add(*made, logical_not());
    return made;
}

std::optional<Comparison> ExpressionParser::comparison() {
    struct Entry {
        std::string_view symbol;
        Comparison comparison;
    };
    constexpr std::array<Entry, 6> kSymbols = {{{"==", Comparison::equal},
                                                {"!=", Comparison::not_equal},
                                                {"<", Comparison::less},
                                                {"<=", Comparison::less_equal},
                                                {">", Comparison::greater},
                                                {">=", Comparison::greater_equal}}};
    for (const Entry& entry : kSymbols) {
        if (stream_.skip_symbol(entry.symbol)) return entry.comparison;
    }
    if (stream_.skip_name("in")) return Comparison::in;
    if (stream_.at_name("not") && stream_.ahead_name("in")) {
        stream_.next();
        stream_.next();
        return Comparison::not_in;
    }
    return std::nullopt;
}

ExpressionPtr ExpressionParser::compare() {
    const int line = stream_.line();
    ExpressionPtr left = sum();
    std::optional<Comparison> found = comparison();
    if (!found) return left;
    ExpressionPtr made = make(ExpressionKind::compare, line);
    add(*made, std::move(left));
    for (; found; found = comparison()) {
        made->comparisons.push_back(*found);
        add(*made, sum());
    }
    return made;
}

ExpressionPtr ExpressionParser::sum() {
    ExpressionPtr left = concat();
    while (stream_.at_symbol("+") || stream_.at_symbol("-")) {
        const Token sign = stream_.next();
        left = binary(ExpressionKind::arithmetic, sign.line, std::move(left), concat());
        left->operation = sign.text == "+" ? Operator::add : Operator::subtract;
    }
    return left;
}

ExpressionPtr ExpressionParser::concat() {
    const int line = stream_.line();
    ExpressionPtr first = product();
    if (!stream_.at_symbol("~")) return first;
    ExpressionPtr made = make(ExpressionKind::concat, line);
    add(*made, std::move(first));
    while (stream_.skip_symbol("~")) add(*made, product());
    return made;
}

ExpressionPtr ExpressionParser::product() {
    struct Entry {
        std::string_view symbol;
        Operator operation;
    };
    constexpr std::array<Entry, 4> kSymbols = {{{"*", Operator::multiply},
                                                {"/", Operator::divide},
                                                {"//", Operator::floor_divide},
                                                {"%", Operator::modulo}}};
    ExpressionPtr left = power();
    for (;;) {
        const auto* const entry =
            std::find_if(kSymbols.begin(), kSymbols.end(),
                         [&](const Entry& each) { return stream_.at_symbol(each.symbol); });
        if (entry == kSymbols.end()) return left;
        const int line = stream_.next().line;
        left = binary(ExpressionKind::arithmetic, line, std::move(left), power());
        left->operation = entry->operation;
    }
}

ExpressionPtr ExpressionParser::power() {
    ExpressionPtr left = unary(true);
    while (stream_.at_symbol("**")) {
        const int line = stream_.next().line;
        left = binary(ExpressionKind::arithmetic, line, std::move(left), unary(true));
        left->operation = Operator::power;
    }
    return left;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
    ExpressionPtr value;
    if (stream_.at_symbol("-") || stream_.at_symbol("+")) {
        const TokenStream::Nesting nesting(stream_);
        const Token sign = stream_.next();
        value = make(sign.text == "-" ? ExpressionKind::negate : ExpressionKind::plus, sign.line);
        add(*value, unary(false));
    } else {
        value = primary();
    }
    value = postfix(std::move(value));
    return with_filters ? filters(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::constant(Value value, int line) {
    ExpressionPtr made = make(ExpressionKind::constant, line);
    made->constant = std::move(value);
    return made;
}

ExpressionPtr ExpressionParser::primary() {
    const int line = stream_.line();
    switch (stream_.current().kind) {
        case TokenKind::name:
            return name();
        case TokenKind::integer:
        case TokenKind::floating:
            return constant(stream_.next().number, line);
        case TokenKind::string: {
            std::string text;
            while (stream_.at(TokenKind::string)) text += stream_.next().text;
            return constant(Value::literal(text), line);
        }
        case TokenKind::data:
        case TokenKind::print_begin:
        case TokenKind::print_end:
        case TokenKind::block_begin:
        case TokenKind::block_end:
        case TokenKind::symbol:
        case TokenKind::end:
            break;
    }
    if (stream_.at_symbol("[")) return list();
    if (stream_.at_symbol("{")) return dict();
    if (stream_.skip_symbol("(")) {
        ExpressionPtr made = stream_.at_symbol(")") ? make(ExpressionKind::tuple, line) : tuple();
        stream_.expect_symbol(")");
        return made;
    }
    stream_.fail("expected an expression, found " + stream_.describe());
}

ExpressionPtr ExpressionParser::name() {
    const Token token = stream_.next();
    if (token.text == "true" || token.text == "True") return constant(Value(true), token.line);
    if (token.text == "false" || token.text == "False") return constant(Value(false), token.line);
    if (token.text == "none" || token.text == "None") return constant(Value(), token.line);
    note_use(token.text);
    ExpressionPtr made = make(ExpressionKind::name, token.line);
    made->name = token.text;
    made->name_id = stream_.number_of(token.text);
    return made;
}

void ExpressionParser::note_use(const std::string& name) {
    for (MacroUses* uses : macros) {
        if (name == "caller") uses->caller = true;
        if (name == "varargs") uses->varargs = true;
        if (name == "kwargs") uses->kwargs = true;
    }
}

ExpressionPtr ExpressionParser::call(ExpressionPtr callee) {
    ExpressionPtr made = make(ExpressionKind::call, stream_.line());
    add(*made, std::move(callee));
    arguments(*made);
    return made;
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr value) {
    for (;;) {
        if (stream_.at_symbol(".")) {
            value = attribute(std::move(value));
        } else if (stream_.at_symbol("[")) {
            value = subscript(std::move(value));
        } else if (stream_.at_symbol("(")) {
            value = call(std::move(value));
        } else {
            return value;
        }
    }
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr value) {
    for (;;) {
        if (stream_.at_symbol("|")) {
            stream_.next();
            value = filter(std::move(value));
        } else if (stream_.at_name("is")) {
            value = test(std::move(value));
        } else if (stream_.at_symbol("(")) {
            value = call(std::move(value));
        } else {
            return value;
        }
    }
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr value) {
    ExpressionPtr made = make(ExpressionKind::filter, stream_.line());
    made->name = stream_.expect_name();
    add(*made, std::move(value));
    if (stream_.at_symbol("(")) arguments(*made);
    return made;
}

ExpressionPtr ExpressionParser::filters_of_block(bool starts_with_name) {
    ExpressionPtr value = starts_with_name ? filter(nullptr) : nullptr;
    while (stream_.skip_symbol("|")) value = filter(std::move(value));
    return value;
}

ExpressionPtr ExpressionParser::test(ExpressionPtr value) {
    const int line = stream_.next().line;
    const bool negated = stream_.skip_name("not");
    ExpressionPtr made = make(ExpressionKind::test, line);
    made->name = stream_.expect_name();
    add(*made, std::move(value));
    const bool operand_begins = stream_.at(TokenKind::name) || stream_.at(TokenKind::string) ||
                                stream_.at(TokenKind::integer) || stream_.at(TokenKind::floating) ||
                                stream_.at_symbol("[") || stream_.at_symbol("{");
    const bool goes_on = stream_.at_name("else") || stream_.at_name("or") || stream_.at_name("and");
    if (stream_.at_symbol("(")) {
        arguments(*made);
    } else if (operand_begins && !goes_on) {
        if (stream_.at_name("is")) stream_.fail("tests cannot be chained with 'is'");
        add(*made, postfix(primary()));
    }
    if (!negated) return made;
    ExpressionPtr inverse = make(ExpressionKind::logical_not, line);
    add(*inverse, std::move(made));
    return inverse;
}

ExpressionPtr ExpressionParser::attribute(ExpressionPtr value) {
    const int line = stream_.next().line;
    if (stream_.at(TokenKind::integer)) {
        return binary(ExpressionKind::item, line, std::move(value),
                      constant(stream_.next().number, line));
    }
    ExpressionPtr made = make(ExpressionKind::attribute, line);
    made->name = stream_.expect_name();
    add(*made, std::move(value));
    return made;
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr value) {
    const int line = stream_.next().line;
    const auto bound_follows = [&] { return !stream_.at_symbol(":") && !stream_.at_symbol("]"); };
    ExpressionPtr first = bound_follows() ? expression() : nullptr;
    if (first && stream_.at_symbol(",")) stream_.fail("several keys in one [] are not supported");
    if (!stream_.at_symbol(":")) {
        if (!first) stream_.fail("expected an expression, found ']'");
        stream_.expect_symbol("]");
        return binary(ExpressionKind::item, line, std::move(value), std::move(first));
    }
    ExpressionPtr made = make(ExpressionKind::slice, line);
    add(*made, std::move(value));
    add(*made, std::move(first));
    stream_.next();
    add(*made, bound_follows() ? expression() : nullptr);
    add(*made, stream_.skip_symbol(":") && bound_follows() ? expression() : nullptr);
    stream_.expect_symbol("]");
    return made;
}

ExpressionPtr ExpressionParser::list() {
    ExpressionPtr made = make(ExpressionKind::list, stream_.next().line);
    while (!stream_.at_symbol("]")) {
        if (!made->parts.empty()) stream_.expect_symbol(",");
        if (stream_.at_symbol("]")) break;
        add(*made, expression());
    }
    stream_.expect_symbol("]");
    return made;
}

ExpressionPtr ExpressionParser::dict() {
    ExpressionPtr made = make(ExpressionKind::dict, stream_.next().line);
    while (!stream_.at_symbol("}")) {
        if (!made->parts.empty()) stream_.expect_symbol(",");
        if (stream_.at_symbol("}")) break;
        add(*made, expression());
        stream_.expect_symbol(":");
        add(*made, expression());
    }
    stream_.expect_symbol("}");
    return made;
}

}  // namespace quire::jinja
