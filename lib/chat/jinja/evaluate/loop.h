// A {% for %} under way, and the variable `loop` that shows it. Items are taken one at a time, and
// the condition of the loop is asked only when an item is needed, as the reference does: the body
// may change what the condition reads.
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

    // Throws Failure for what cannot be walked through. An empty condition lets every item pass.
    // `depth`: 1, and one more for each loop that called itself.
    Loop(Context& context, const Value& items, Condition condition, int depth);

    // A loop with "recursive" may be called with other items, for as long as it runs; `outer` is the
    // scope that it stands in.
    void allow_recursion(const Statement& statement, Scope* outer) {
        statement_ = &statement;
        outer_ = outer;
    }
    // Null when it may not be called.
    const Statement* recursive_statement() const { return statement_; }
    Scope* outer_scope() const { return outer_; }
    int depth() const { return depth_; }

    // Moves to the next item; false when there is none.
    bool advance(Context& context);
    const Value& current() const { return *current_; }

    // loop.NAME; nothing when it has no such attribute.
    std::optional<Value> attribute(Context& context, std::string_view name);
    // loop.cycle(...)
    Value cycle(const std::vector<Value>& values) const;
    // loop.changed(...): whether the values differ from those of the last call.
    bool changed(Context& context, const std::vector<Value>& values);

    // Lets go of the items.
    void finish();

  private:
    std::optional<Value> fetch(Context& context);
    const std::optional<Value>& peek(Context& context);
    std::int64_t length(Context& context);

    Iterator own_;
    Iterator* source_;  // own_, or the iterator that is walked through
    Condition condition_;
    std::optional<std::int64_t> length_;
    std::deque<Value> rest_;  // fetched ahead, to know the length
    bool has_rest_ = false;
    std::optional<Value> before_;
    std::optional<Value> current_;
    std::optional<Value> after_;  // fetched ahead, by peek
    std::int64_t index0_ = -1;
    int depth_;
    const Statement* statement_ = nullptr;
    Scope* outer_ = nullptr;
    std::optional<std::vector<Value>> seen_;  // by changed()
};

}  // namespace quire::jinja
