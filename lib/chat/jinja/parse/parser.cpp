#include "lib/chat/jinja/parse/parser.h"

#include <algorithm>
#include <initializer_list>

#include "lib/base/utf8.h"
#include "lib/chat/jinja/parse/check_names.h"
#include "lib/chat/jinja/parse/expression_parser.h"

namespace quire::jinja {
namespace {

constexpr std::size_t kMaxParameters = 200;

using StatementPtr = std::unique_ptr<Statement>;

class Parser {
  public:
    explicit Parser(std::string_view source) : stream_(tokenize(source)), expressions_(stream_) {}

    Program run() {
        Program program;
        try {
            program.body = block({});
            program.loop_name_id = stream_.number_of("loop");
            program.caller_name_id = stream_.number_of("caller");
            program.varargs_name_id = stream_.number_of("varargs");
            program.kwargs_name_id = stream_.number_of("kwargs");
        } catch (Failure& failure) {
            if (failure.line == 0) failure.line = stream_.line();
            throw;
        }
        check_names(program);
        program.names = stream_.names();
        program.words = stream_.words();
        return program;
    }

  private:
    static StatementPtr make(StatementKind kind, int line) {
        auto made = std::make_unique<Statement>();
        made->kind = kind;
        made->line = line;
        return made;
    }

    bool at_any(std::initializer_list<std::string_view> names) const {
        return std::any_of(names.begin(), names.end(),
                           [&](std::string_view name) { return stream_.at_name(name); });
    }

    // Parses statements up to a "{% NAME" with one of these names, which is not consumed. Without
    // names, parses to the end of the template.
    Block block(std::initializer_list<std::string_view> ends) {
        const TokenStream::Nesting nesting(stream_);
        const int line = stream_.line();
        Block statements;
        while (!stream_.at(TokenKind::end)) {
            if (stream_.at(TokenKind::data)) {
                StatementPtr text = make(StatementKind::text, stream_.line());
                text->text = Text(stream_.next().text, Origin::from_template);
                statements.push_back(std::move(text));
            } else if (stream_.at(TokenKind::print_begin)) {
                StatementPtr print = make(StatementKind::print, stream_.next().line);
                print->value = expressions_.tuple();
                stream_.expect(TokenKind::print_end, "'}}'");
                statements.push_back(std::move(print));
            } else {
                stream_.expect(TokenKind::block_begin, "'{%'");
                if (at_any(ends)) return statements;
                statements.push_back(statement());
                stream_.expect(TokenKind::block_end, "'%}'");
            }
        }
        if (ends.size() != 0) {
            stream_.fail("the block of line " + std::to_string(line) + " has no {% " +
                         std::string(*(ends.end() - 1)) + " %}");
        }
        return statements;
    }

    // The rest of a tag and the block after it.
    Block body(std::initializer_list<std::string_view> ends) {
        stream_.skip_symbol(":");
        stream_.expect(TokenKind::block_end, "'%}'");
        return block(ends);
    }

    // A block with only one possible end, which is consumed too.
    Block body_until(std::string_view end) {
        Block statements = body({end});
        stream_.next();
        return statements;
    }

    // The body of a statement that jinja2 compiles to a function, so `break` cannot leave it.
    Block closed_body_until(std::string_view end) {
        const int outer = std::exchange(loop_depth_, 0);
        Block statements = body_until(end);
        loop_depth_ = outer;
        return statements;
    }

    StatementPtr statement() {
        if (!stream_.at(TokenKind::name)) {
            stream_.fail("expected the name of a tag, found " + stream_.describe());
        }
        const Token tag = stream_.next();
        if (tag.text == "if") return branch(tag.line);
        if (tag.text == "for") return loop(tag.line);
        if (tag.text == "set") return assign(tag.line);
        if (tag.text == "macro") return macro(tag.line);
        if (tag.text == "call") return call_block(tag.line);
        if (tag.text == "filter") return filter_block(tag.line);
        if (tag.text == "with") return scope(tag.line);
        if (tag.text == "generation") {
            StatementPtr made = make(StatementKind::generation, tag.line);
            made->body = closed_body_until("endgeneration");
            return made;
        }
        if (tag.text == "break" || tag.text == "continue") {
            if (loop_depth_ == 0) stream_.fail("{% " + tag.text + " %} outside of a loop");
            return make(
                tag.text == "break" ? StatementKind::break_loop : StatementKind::continue_loop,
                tag.line);
        }
        stream_.fail("the tag {% " + tag.text + " %} is not supported in chat templates");
    }

    StatementPtr branch(int line) {
        StatementPtr made = make(StatementKind::branch, line);
        for (;;) {
            Branch next;
            next.condition = expressions_.tuple(ExpressionParser::Conditional::refused);
            next.body = body({"elif", "else", "endif"});
            made->branches.push_back(std::move(next));
            const std::string end = stream_.next().text;
            if (end == "elif") continue;
            if (end == "else") made->otherwise = body_until("endif");
            return made;
        }
    }

    static void refuse_loop_target(const Target& target, const TokenStream& stream) {
        if (target.name == "loop") stream.fail("cannot assign to 'loop'");
        for (const Target& element : target.elements) refuse_loop_target(element, stream);
    }

    StatementPtr loop(int line) {
        StatementPtr made = make(StatementKind::loop, line);
        made->target = expressions_.target(false);
        refuse_loop_target(made->target, stream_);
        if (!stream_.skip_name("in")) stream_.fail("expected 'in', found " + stream_.describe());
        made->value = expressions_.tuple(ExpressionParser::Conditional::refused);
        if (stream_.skip_name("if")) made->condition = expressions_.expression();
        made->is_recursive = stream_.skip_name("recursive");
        ++loop_depth_;
        made->body = body({"endfor", "else"});
        --loop_depth_;
        if (stream_.next().text == "else") made->otherwise = body_until("endfor");
        return made;
    }

    StatementPtr assign(int line) {
        Target target = expressions_.target(true);
        if (stream_.skip_symbol("=")) {
            StatementPtr made = make(StatementKind::assign, line);
            made->target = std::move(target);
            made->value = expressions_.tuple();
            return made;
        }
        StatementPtr made = make(StatementKind::assign_block, line);
        made->target = std::move(target);
        made->value = expressions_.filters_of_block(false);
        made->body = closed_body_until("endset");
        return made;
    }

    StatementPtr filter_block(int line) {
        StatementPtr made = make(StatementKind::filter_block, line);
        made->value = expressions_.filters_of_block(true);
        made->body = closed_body_until("endfilter");
        return made;
    }

    StatementPtr macro(int line) {
        StatementPtr made = make(StatementKind::macro, line);
        made->target.name = stream_.expect_name();
        made->target.name_id = stream_.number_of(made->target.name);
        stream_.expect_symbol("(");
        read_parameters(*made);
        read_macro_body(*made, "endmacro");
        return made;
    }

    // {% call(parameters) callee(arguments) %}
    StatementPtr call_block(int line) {
        StatementPtr made = make(StatementKind::call_block, line);
        made->target.name = "caller";
        made->target.name_id = stream_.number_of("caller");
        if (stream_.skip_symbol("(")) read_parameters(*made);
        made->value = expressions_.expression();
        if (made->value->kind != ExpressionKind::call) stream_.fail("expected a call");
        read_macro_body(*made, "endcall");
        return made;
    }

    // Parses up to the closing bracket.
    void read_parameters(Statement& macro) {
        while (!stream_.at_symbol(")")) {
            if (!macro.parameters.empty()) stream_.expect_symbol(",");
            if (stream_.at_symbol(")")) break;
            if (macro.parameters.size() == kMaxParameters) stream_.fail("too many parameters");
            macro.parameters.push_back(parameter(macro.parameters));
        }
        stream_.next();
    }

    void read_macro_body(Statement& macro, std::string_view end) {
        expressions_.macros.push_back(&macro.uses);
        macro.body = closed_body_until(end);
        expressions_.macros.pop_back();
        for (const Parameter& each : macro.parameters) {
            if (each.name == "caller" && macro.uses.caller) {
                if (!each.otherwise) stream_.fail("the parameter 'caller' needs a default");
                macro.uses.caller = false;
            }
            if (each.name == "varargs") macro.uses.varargs = false;
            if (each.name == "kwargs") macro.uses.kwargs = false;
        }
    }

    Parameter parameter(const std::vector<Parameter>& before) {
        Parameter made;
        made.name = stream_.expect_name();
        made.name_id = stream_.number_of(made.name);
        for (const Parameter& other : before) {
            if (other.name_id == made.name_id) stream_.fail("two parameters '" + made.name + "'");
        }
        if (stream_.skip_symbol("=")) {
            made.otherwise = expressions_.expression();
        } else if (!before.empty() && before.back().otherwise) {
            stream_.fail("the parameter '" + made.name + "' has no default, the one before it has");
        }
        return made;
    }

    StatementPtr scope(int line) {
        StatementPtr made = make(StatementKind::scope, line);
        while (!stream_.at(TokenKind::block_end)) {
            if (!made->assignments.empty()) stream_.expect_symbol(",");
            Target target = expressions_.target(false);
            stream_.expect_symbol("=");
            ExpressionPtr value = expressions_.expression();
            made->assignments.emplace_back(std::move(target), std::move(value));
        }
        made->body = body_until("endwith");
        return made;
    }

    TokenStream stream_;
    ExpressionParser expressions_;
    int loop_depth_ = 0;
};

}  // namespace

Program parse(std::string_view source) {
    if (source.size() > kMaxSourceBytes) {
        throw Failure(ErrorCode::model,
                      "a template of more than " + std::to_string(kMaxSourceBytes) + " bytes");
    }
    if (!base::is_utf8(source)) throw Failure(ErrorCode::model, "the template is not UTF-8");
    return Parser(source).run();
}

}  // namespace quire::jinja
