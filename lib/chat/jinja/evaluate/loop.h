// A running {% for %} loop, and the variable `loop` in it. As in jinja2, items are taken one at a
// time, and the loop's condition is evaluated only when an item is needed, since the body may
// change what the condition reads.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct Scope;
struct Statement;

class Loop {
  public:
    using Condition = std::function<bool(const Value&)>;

    // Throws Failure if `items` cannot be iterated over. An empty condition accepts every item.
    // `depth` is 1, plus 1 for each level of recursion.
    Loop(Context& context, const Value& items, Condition condition, int depth);

    // A loop marked "recursive" may be called with other items while it runs. `outer` is the scope
    // around it.
    void allow_recursion(const Statement& statement, Scope* outer) {
        statement_ = &statement;
        outer_ = outer;
    }
    // Null if it may not be called.
    const Statement* recursive_statement() const { return statement_; }
    Scope* outer_scope() const { return outer_; }
    int depth() const { return depth_; }

    // Moves to the next item; false if there is none.
    bool advance(Context& context);
    const Value& current() const { return *current_; }

    // loop.NAME; nothing if there is no such attribute.
    std::optional<Value> attribute(Context& context, std::string_view name);
    // loop.cycle(...)
    Value cycle(const std::vector<Value>& values) const;
    // loop.changed(...): true if the values differ from those of the last call.
    bool changed(Context& context, const std::vector<Value>& values);

    // Releases the items.
    void finish();

  private:
    std::optional<Value> fetch(Context& context);
    const std::optional<Value>& peek(Context& context);
    std::int64_t length(Context& context);

    Iterator own_;
    Iterator* source_;  // own_, or the iterator that is the loop's input
    Condition condition_;
    std::optional<std::int64_t> length_;
    std::deque<Value> rest_;  // fetched early to know the length
    bool has_rest_ = false;
    std::optional<Value> before_;
    std::optional<Value> current_;
    std::optional<Value> after_;  // fetched early by peek()
    std::int64_t index0_ = -1;
    int depth_;
    const Statement* statement_ = nullptr;
    Scope* outer_ = nullptr;
    std::optional<std::vector<Value>> seen_;  // the values of the last changed()
};

}  // namespace quire::jinja
