// The arguments of a call, and how they are bound to parameters.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/chat/jinja/values/value.h"

namespace quire::jinja {

struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

// The arguments of a call in the order of the function's parameters.
class Bound {
  public:
    // Throws Failure if there are too many arguments, or one has an unknown name or is given twice.
    // A parameter named "" can only be given by position.
    Bound(std::string_view function, const Arguments& arguments,
          std::initializer_list<std::string_view> parameters);

    bool given(std::size_t index) const { return values_[index].has_value(); }
    // Throws Failure if it was not given.
    const Value& required(std::size_t index) const;
    Value value_or(std::size_t index, Value otherwise) const;
    bool truth_or(std::size_t index, bool otherwise) const;
    std::int64_t integer_or(std::size_t index, std::int64_t otherwise) const;
    // Nothing if it was not given or is None.
    std::optional<std::int64_t> integer(std::size_t index) const;
    const String* string(std::size_t index) const;
    const String& required_string(std::size_t index) const;

  private:
    [[noreturn]] void fail(std::size_t index, std::string_view expected) const;

    std::string function_;
    std::vector<std::optional<Value>> values_;
};

}  // namespace quire::jinja
