// A {% for %} under way, and the variable `loop` that shows it. Items are taken one at a time, and
// the condition of the loop is asked only when an item is needed, as the reference does: the body
// may change what the condition reads.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "lib/text/chat/value.h"

namespace quire::text::chat {

class Loop {
  public:
    using Condition = std::function<bool(const Value&)>;

    // Throws Failure for what cannot be walked through. An empty condition lets every item pass.
    Loop(Context& context, const Value& items, Condition condition);

    // Moves to the next item; false when there is none.
    bool advance(Context& context);
    const Value& current() const { return *current_; }

    // loop.NAME; nothing when it has no such attribute.
    std::optional<Value> attribute(Context& context, std::string_view name);
    // loop.cycle(...)
    Value cycle(const std::vector<Value>& values) const;

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
};

}  // namespace quire::text::chat
