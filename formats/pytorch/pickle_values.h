// The values that the machine of pickle.cpp works on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/pytorch/pickle.h"

namespace quire::formats::pickling {

using ValueId = std::uint32_t;

enum class ValueKind : std::uint8_t {
    none,
    boolean,
    integer,
    number,
    text,
    tuple,
    list,
    dict,
    global,
    storage,
    tensor,
};

struct Value {
    ValueKind kind = ValueKind::none;
    // A boolean or integer; the position of a tuple's, list's or dict's items, of a storage or tensor.
    std::int64_t integer = 0;
    std::string_view text =
        {};  // a text; a global as "module name", with the line end in its middle
};

// "a dict", "the function 'os system'".
std::string describe(const Value& value);

class Values {
  public:
    explicit Values(const base::ByteReader& reader) : reader_(reader) {}

    ValueId add(Value value);
    ValueId add_items(ValueKind kind, std::vector<ValueId> items = {});
    const Value& operator[](ValueId id) const noexcept { return values_[id]; }
    // The items of a tuple or list; keys and values of a dict in turns.
    std::vector<ValueId>& items(ValueId id) {
        return items_[static_cast<std::size_t>(values_[id].integer)];
    }

    // The storage of a persistent id.
    ValueId load_storage(ValueId id);
    // The result of calling a global with a tuple of arguments.
    ValueId call(ValueId global, ValueId arguments);
    // What is left when the pickle ends.
    Pickle finish(ValueId top, PickleKind kind);

    [[noreturn]] void fail(const std::string& message) const { reader_.fail(message); }

  private:
    std::vector<ValueId> arguments(ValueId tuple, std::size_t least, std::size_t most,
                                   std::string_view what);
    ValueId rebuild_tensor(const std::vector<ValueId>& args, std::string_view dtype);
    void refuse_flags(ValueId flags);
    std::int64_t integer(ValueId id, std::string_view what) const;
    std::vector<std::uint64_t> sizes(ValueId id, std::string_view what);
    void name_tensors(ValueId top);
    void check_system(ValueId top);

    const base::ByteReader& reader_;  // for messages
    std::vector<Value> values_;
    std::vector<std::vector<ValueId>> items_;
    Pickle out_;
};

}  // namespace quire::formats::pickling
