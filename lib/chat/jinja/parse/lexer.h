// Cuts a template into tokens, by the rules of jinja2's lexer with trim_blocks and lstrip_blocks:
// the newline behind a tag goes, and so does the indentation before one that begins its line.
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
    string,    // text is what it stands for, escapes resolved
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
