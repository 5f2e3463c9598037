// The syntax tree of a template. Variable names are numbered, so that lookups compare no strings.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lib/chat/jinja/values/arithmetic.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

enum class ExpressionKind {
    constant,     // constant
    name,         // name_id
    list,         // parts
    tuple,        // parts
    dict,         // parts: key, value, key, value...
    attribute,    // parts[0] . name
    item,         // parts[0] [ parts[1] ]
    slice,        // parts[0] [ parts[1] : parts[2] : parts[3] ]; the last three may be null
    call,         // parts[0] ( parts[1]..., *star, named, **double_star )
    filter,       // parts[0] | name ( as in call ); in a filter block, parts[0] is null
    test,         // parts[0] is name ( as in call )
    negate,       // parts[0]
    plus,         // parts[0]
    logical_not,  // parts[0]
    logical_and,  // parts[0], parts[1]
    logical_or,   // parts[0], parts[1]
    arithmetic,   // parts[0] operation parts[1]
    concat,       // parts
    compare,      // parts[0] comparisons[0] parts[1] comparisons[1] parts[2]...
    conditional,  // parts[0] if parts[1] else parts[2], which may be null
};

enum class Comparison { equal, not_equal, less, less_equal, greater, greater_equal, in, not_in };

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
    ExpressionKind kind;
    int line = 0;
    int depth = 1;  // height of the tree, including this node
    Value constant;
    std::string name;
    int name_id = -1;
    Operator operation = Operator::add;
    std::vector<Comparison> comparisons;
    std::vector<ExpressionPtr> parts;
    std::vector<std::pair<std::string, ExpressionPtr>> named;
    ExpressionPtr star, double_star;  // null: none
};

// The target of an assignment: a variable, an attribute of a namespace, or several targets.
struct Target {
    int name_id = -1;
    std::string name;
    std::string attribute;         // of the namespace `name`; if empty, the variable itself
    std::vector<Target> elements;  // of a tuple, which has no name
    bool is_tuple = false;
};

enum class StatementKind {
    text,    // text
    print,   // value
    branch,  // branches, otherwise
    loop,    // target, value (to iterate over), condition or null, is_recursive, body, otherwise
    assign,  // target, value
    assign_block,  // target, value (filters for the body) or null, body
    filter_block,  // value, body
    macro,         // target (its name), parameters, uses, body
    call_block,    // value (a call), and the macro "caller" that it receives
    scope,         // assignments, body
    generation,    // body
    break_loop,
    continue_loop,
};

struct Statement;
using Block = std::vector<std::unique_ptr<Statement>>;

struct Branch {
    ExpressionPtr condition;
    Block body;
};

struct Parameter {
    std::string name;
    int name_id = -1;
    ExpressionPtr otherwise;  // null: none
};

// The implicit names that a macro uses.
struct MacroUses {
    bool caller = false;
    bool varargs = false;
    bool kwargs = false;
};

struct Statement {
    StatementKind kind;
    int line = 0;
    Text text;
    Target target;
    ExpressionPtr value;
    ExpressionPtr condition;
    std::vector<Branch> branches;
    std::vector<Parameter> parameters;
    MacroUses uses;
    bool is_recursive = false;
    std::vector<std::pair<Target, ExpressionPtr>> assignments;
    Block body;
    Block otherwise;
};

struct Program {
    Block body;
    std::vector<std::string> names;            // by name_id
    std::set<std::string, std::less<>> words;  // all string literals
    int loop_name_id = -1;                     // name_ids of "loop", "caller", ...
    int caller_name_id = -1;
    int varargs_name_id = -1;
    int kwargs_name_id = -1;
};

}  // namespace quire::jinja
