// Cuts a template into tokens, by the rules of jinja2's lexer with trim_blocks and lstrip_blocks:
// the newline after a tag is removed, and so is the indentation before a tag that begins its line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

enum class TokenKind {
    data,         // text between tags
    print_begin,  // {{
    print_end,    // }}
    block_begin,  // {%
    block_end,    // %}
    name,
    string,    // text: the content, with escapes resolved
    integer,   // number
    floating,  // number
    symbol,    // text: + - // == ...
    end,       // of the template
};

struct Token {
    TokenKind kind;
    int line = 0;
    std::string text;
    Value number;
};

// Throws Failure{model} with its line. The last token is `end`.
std::vector<Token> tokenize(std::string_view source);

}  // namespace quire::jinja
