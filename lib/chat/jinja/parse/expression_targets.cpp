// Parses the arguments of calls and the targets of assignments.
#include <algorithm>
#include <array>

#include "lib/chat/jinja/parse/expression_parser.h"

namespace quire::jinja {

void ExpressionParser::arguments(Expression& call) {
    stream_.expect_symbol("(");
    for (bool first = true; !stream_.at_symbol(")"); first = false) {
        if (!first) stream_.expect_symbol(",");
        if (stream_.at_symbol(")")) break;
        add_argument(call);
    }
    stream_.expect_symbol(")");
}

void ExpressionParser::add_argument(Expression& call) {
    const auto part = [&] {
        ExpressionPtr value = expression();
        call.depth = std::max(call.depth, value->depth + 1);
        return value;
    };
    if (stream_.skip_symbol("*")) {
        if (call.star || call.double_star) stream_.fail("an argument * after * or **");
        call.star = part();
    } else if (stream_.skip_symbol("**")) {
        if (call.double_star) stream_.fail("two arguments with **");
        call.double_star = part();
    } else if (call.double_star) {
        stream_.fail("an argument after **");
    } else if (stream_.at(TokenKind::name) && stream_.ahead_symbol("=")) {
        const std::string name = stream_.next().text;
        stream_.next();
        call.named.emplace_back(name, part());
    } else {
        if (!call.named.empty()) stream_.fail("a positional argument after a named one");
        if (call.star) stream_.fail("a positional argument after *");
        add(call, expression());
    }
}

Target ExpressionParser::target(bool namespace_allowed) {
    Target first = target_element(namespace_allowed);
    if (!stream_.at_symbol(",")) return first;
    Target made;
    made.is_tuple = true;
    made.elements.push_back(std::move(first));
    while (stream_.skip_symbol(",")) {
        if (at_tuple_end() || stream_.at_name("in") || stream_.at_symbol("=")) break;
        made.elements.push_back(target_element(namespace_allowed));
    }
    return made;
}

Target ExpressionParser::target_element(bool namespace_allowed) {
    if (stream_.skip_symbol("(")) {
        const TokenStream::Nesting nesting(stream_);
        Target made = target(false);
        stream_.expect_symbol(")");
        return made;
    }
    Target made;
    made.name = stream_.expect_name();
    constexpr std::array<std::string_view, 6> kConstants = {"true", "false", "none",
                                                            "True", "False", "None"};
    const bool is_constant =
        std::find(kConstants.begin(), kConstants.end(), made.name) != kConstants.end();
    if (is_constant) stream_.fail("cannot assign to '" + made.name + "'");
    made.name_id = stream_.number_of(made.name);
    if (namespace_allowed && stream_.skip_symbol(".")) made.attribute = stream_.expect_name();
    return made;
}

}  // namespace quire::jinja
