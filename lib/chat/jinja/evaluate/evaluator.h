// Runs a parsed template. One Evaluator serves one rendering.
//
// Variables live in scopes: one for the whole template, and one for each iteration of a loop, each
// call of a macro and each block that has its own scope in jinja2. An assignment writes to the
// innermost scope, so a variable set inside a loop is gone after it; namespaces are the way around
// that.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/chat/jinja/evaluate/arguments.h"
#include "lib/chat/jinja/parse/ast.h"
#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct Scope {
    Scope* outer = nullptr;
    bool is_kept = false;                   // a macro was defined in it, or in a scope inside it
    std::unordered_map<int, Value> values;  // by name_id
};

struct Macro {
    const Statement& definition;
    Scope* scope;  // where it was defined

    const std::string& name() const { return definition.target.name; }
};

class Evaluator {
  public:
    // `now` is the time for strftime_now. `context` must outlive the evaluator.
    Evaluator(Context& context, const Program& program, std::int64_t now);

    // Call before run(): defines a variable.
    void define(std::string_view name, Value value);

    // Throws Failure with the line set.
    Text run();

  private:
    enum class Flow { normal, break_loop, continue_loop };

    // Enters a scope inside `outer`, and leaves it when destroyed.
    class ScopeEntry {
      public:
        ScopeEntry(Evaluator& evaluator, Scope* outer);
        ~ScopeEntry();
        ScopeEntry(const ScopeEntry&) = delete;
        ScopeEntry& operator=(const ScopeEntry&) = delete;

      private:
        Evaluator& evaluator_;
        Scope* before_;
        std::unique_ptr<Scope> scope_;
    };

    // Counts the nesting depth of evaluations.
    class DepthEntry {
      public:
        explicit DepthEntry(int& depth);
        ~DepthEntry() { --depth_; }
        DepthEntry(const DepthEntry&) = delete;
        DepthEntry& operator=(const DepthEntry&) = delete;

      private:
        int& depth_;
    };

    Flow run_block(const Block& block);
    Flow run_statement(const Statement& statement);
    Flow dispatch(const Statement& statement);
    Flow run_branch(const Statement& statement);
    Flow run_loop(const Statement& statement);
    Flow run_loop_over(const Statement& statement, const Value& items, Scope* outer, int depth);
    void run_call_block(const Statement& statement);
    void keep_scopes();
    void run_assign_block(const Statement& statement);
    void run_filter_block(const Statement& statement);
    void run_scope(const Statement& statement);
    void make_macro(const Statement& statement);
    // The text that the block writes.
    Text capture(const Block& block);
    void write(const Text& text);
    void assign(const Target& target, const Value& value);
    void assign_attribute(const Target& target, const Value& value);

    Value evaluate(const Expression& expression);
    Value compute(const Expression& expression);
    Value look_up(const Expression& name) const;
    Value concat(const Expression& expression);
    Value compare(const Expression& expression);
    bool holds(Comparison comparison, const Value& left, const Value& right);
    Value slice(const Expression& expression);
    Value make_dict_of(const Expression& expression);
    std::vector<Value> evaluate_all(const Expression& expression);
    Arguments arguments_of(const Expression& expression);
    // `caller`: the macro of a call block, or null.
    Value call(const Expression& expression, const Macro* caller = nullptr);
    Value call_loop(Loop& loop, const Arguments& arguments);
    Value call_loop_method(Loop& loop, const Method& method, const Arguments& arguments);
    Value call_macro(const Macro& macro, Arguments arguments);
    void bind_parameters(const Macro& macro, Arguments arguments);
    void bind_rest(const Macro& macro, Arguments arguments);

    Context& context_;
    const Program& program_;
    std::int64_t now_;
    Scope variables_;  // defined by the caller
    Scope top_;
    Scope* scope_ = &top_;
    std::vector<std::unique_ptr<Scope>> kept_;
    Text* out_ = nullptr;
    Value block_text_;  // what the filters of a block are applied to
    int depth_ = 0;
    int call_depth_ = 0;
};

}  // namespace quire::jinja
