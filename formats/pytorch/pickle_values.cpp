#include "formats/pytorch/pickle_values.h"

#include <algorithm>
#include <array>
#include <optional>

#include "formats/checkpoint/names.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::formats::pickling {

namespace {

constexpr std::size_t kMaxDimensions = 64;

struct Dtype {
    std::string_view global;  // a storage's class, or torch's name of the dtype
    std::string_view dtype;
};

// clang-format off
constexpr std::array kStorages = std::to_array<Dtype>({
    {"torch\nDoubleStorage",   "F64"},
    {"torch\nFloatStorage",    "F32"},
    {"torch\nHalfStorage",     "F16"},
    {"torch\nBFloat16Storage", "BF16"},
    {"torch\nLongStorage",     "I64"},
    {"torch\nIntStorage",      "I32"},
    {"torch\nShortStorage",    "I16"},
    {"torch\nCharStorage",     "I8"},
    {"torch\nByteStorage",     "U8"},
    {"torch\nBoolStorage",     "BOOL"},
    {"torch.storage\nUntypedStorage", "U8"},
});
constexpr std::array kDtypes = std::to_array<Dtype>({
    {"torch\nfloat8_e4m3fn", "F8_E4M3"},
    {"torch\nfloat8_e5m2",   "F8_E5M2"},
    {"torch\nfloat8_e8m0fnu", "F8_E8M0"},
    {"torch\nuint16",        "U16"},
    {"torch\nuint32",        "U32"},
    {"torch\nuint64",        "U64"},
});
// clang-format on

std::optional<std::string_view> find_in(std::span<const Dtype> table, std::string_view global) {
    const auto found = std::ranges::find(table, global, &Dtype::global);
    if (found == table.end()) return std::nullopt;
    return found->dtype;
}

std::string function_name(std::string_view global) {
    std::string name(global);
    std::ranges::replace(name, '\n', '.');
    return "'" + base::printable(name) + "'";
}

}  // namespace

std::string describe(const Value& value) {
    switch (value.kind) {
        case ValueKind::none:
            return "None";
        case ValueKind::boolean:
            return "a bool";
        case ValueKind::integer:
            return "an integer";
        case ValueKind::number:
            return "a float";
        case ValueKind::text:
            return "a text";
        case ValueKind::tuple:
            return "a tuple";
        case ValueKind::list:
            return "a list";
        case ValueKind::dict:
            return "a dict";
        case ValueKind::global:
            return "the global " + function_name(value.text);
        case ValueKind::storage:
            return "a storage";
        case ValueKind::tensor:
            return "a tensor";
    }
    return "";
}

ValueId Values::add(Value value) {
    values_.push_back(value);
    return static_cast<ValueId>(values_.size() - 1);
}

ValueId Values::add_items(ValueKind kind, std::vector<ValueId> items) {
    items_.push_back(std::move(items));
    return add({kind, static_cast<std::int64_t>(items_.size() - 1)});
}

std::int64_t Values::integer(ValueId id, std::string_view what) const {
    const Value& value = values_[id];
    if (value.kind != ValueKind::integer || value.integer < 0) {
        fail("expected " + std::string(what) + " of at least 0, found " + describe(value));
    }
    return value.integer;
}

std::vector<ValueId> Values::arguments(ValueId tuple, std::size_t least, std::size_t most,
                                       std::string_view what) {
    const Value& value = values_[tuple];
    if (value.kind != ValueKind::tuple) {
        fail("expected a tuple for " + std::string(what) + ", found " + describe(value));
    }
    std::vector<ValueId> found = items(tuple);
    if (found.size() < least || found.size() > most) {
        fail("expected " + std::to_string(least) + " to " + std::to_string(most) + " values for " +
             std::string(what) + ", found " + std::to_string(found.size()));
    }
    return found;
}

std::vector<std::uint64_t> Values::sizes(ValueId id, std::string_view what) {
    std::vector<std::uint64_t> out;
    for (const ValueId one : arguments(id, 0, kMaxDimensions, what)) {
        out.push_back(static_cast<std::uint64_t>(integer(one, what)));
    }
    return out;
}

// ('storage', class, key, device, number of elements), and in legacy files a view, which must be None.
ValueId Values::load_storage(ValueId id) {
    const std::vector<ValueId> parts = arguments(id, 5, 6, "a storage");
    const Value& word = values_[parts[0]];
    const Value& type = values_[parts[1]];
    const Value& key = values_[parts[2]];
    if (word.kind != ValueKind::text || word.text != "storage" || key.kind != ValueKind::text) {
        fail("expected a storage and its key, found another persistent id");
    }
    const auto dtype = type.kind == ValueKind::global ? find_in(kStorages, type.text)
                                                      : std::optional<std::string_view>();
    if (!dtype) fail("expected a class of storages, found " + describe(type));
    if (parts.size() == 6 && values_[parts[5]].kind != ValueKind::none) {
        fail("a storage that is a part of another one is not supported");
    }
    const auto n = static_cast<std::uint64_t>(integer(parts[4], "a number of elements"));
    out_.storages.push_back({*dtype, key.text, n});
    return add({ValueKind::storage, static_cast<std::int64_t>(out_.storages.size() - 1)});
}

// (storage, offset, size, stride, ...)
ValueId Values::rebuild_tensor(const std::vector<ValueId>& args, std::string_view dtype) {
    const Value& storage = values_[args[0]];
    if (storage.kind != ValueKind::storage) {
        fail("expected a storage for a tensor, found " + describe(storage));
    }
    const auto position = static_cast<std::size_t>(storage.integer);
    PickledTensor tensor;
    tensor.storage = position;
    tensor.dtype = dtype.empty() ? out_.storages[position].dtype : dtype;
    tensor.offset = static_cast<std::uint64_t>(integer(args[1], "a tensor's offset"));
    tensor.shape = sizes(args[2], "a tensor's size");
    tensor.stride = sizes(args[3], "a tensor's stride");
    if (tensor.shape.size() != tensor.stride.size()) {
        fail("expected as many strides as sizes of a tensor, found " +
             std::to_string(tensor.stride.size()) + " for " + std::to_string(tensor.shape.size()));
    }
    out_.tensors.push_back(std::move(tensor));
    return add({ValueKind::tensor, static_cast<std::int64_t>(out_.tensors.size() - 1)});
}

// Whether the values are conjugates or negatives.
void Values::refuse_flags(ValueId flags) {
    const ValueKind kind = values_[flags].kind;
    if (kind == ValueKind::none || (kind == ValueKind::dict && items(flags).empty())) return;
    fail("a tensor with flags is not supported");
}

ValueId Values::call(ValueId global, ValueId tuple) {
    const Value& function = values_[global];
    if (function.kind != ValueKind::global) {
        fail("expected a function to call, found " + describe(function));
    }
    const std::string_view name = function.text;
    if (name == "collections\nOrderedDict") {
        arguments(tuple, 0, 0, "an OrderedDict");
        return add_items(ValueKind::dict);
    }
    if (name == "torch._utils\n_rebuild_tensor") {
        return rebuild_tensor(arguments(tuple, 4, 4, "a tensor"), "");
    }
    if (name == "torch._utils\n_rebuild_tensor_v2") {
        const auto args = arguments(tuple, 6, 7, "a tensor");
        if (args.size() == 7) refuse_flags(args[6]);
        return rebuild_tensor(args, "");
    }
    if (name == "torch._utils\n_rebuild_tensor_v3") {
        const auto args = arguments(tuple, 7, 8, "a tensor");
        const Value& type = values_[args[6]];
        const auto dtype = find_in(kDtypes, type.kind == ValueKind::global ? type.text : "");
        if (!dtype) fail("expected a dtype, found " + describe(type));
        if (args.size() == 8) refuse_flags(args[7]);
        return rebuild_tensor(args, *dtype);
    }
    if (name == "torch._utils\n_rebuild_parameter") {
        const ValueId tensor = arguments(tuple, 3, 3, "a parameter")[0];
        if (values_[tensor].kind != ValueKind::tensor) {
            fail("expected a tensor for a parameter, found " + describe(values_[tensor]));
        }
        return tensor;
    }
    fail("the function " + function_name(name) + " is not supported: weights need none");
}

void Values::name_tensors(ValueId top) {
    if (values_[top].kind != ValueKind::dict) {
        fail("expected a dict of tensors, found " + describe(values_[top]));
    }
    const std::vector<ValueId>& pairs = items(top);
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        const Value& key = values_[pairs[i]];
        const Value& value = values_[pairs[i + 1]];
        if (key.kind != ValueKind::text || !base::is_utf8(key.text)) {
            fail("expected the name of a tensor, found " + describe(key));
        }
        if (value.kind != ValueKind::tensor) {
            fail("expected a tensor for '" + base::printable(key.text) + "', found " +
                 describe(value));
        }
        out_.named.push_back({key.text, static_cast<std::size_t>(value.integer)});
        names.push_back(key.text);
    }
    if (const auto name = NameIndex(std::move(names)).duplicate()) {
        fail("tensor '" + base::printable(*name) + "' occurs twice");
    }
}

void Values::check_system(ValueId top) {
    if (values_[top].kind != ValueKind::dict) {
        fail("expected a dict about the machine, found " + describe(values_[top]));
    }
    const std::vector<ValueId>& pairs = items(top);
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        const Value& value = values_[pairs[i + 1]];
        if (values_[pairs[i]].text != "little_endian") continue;
        if (value.kind == ValueKind::boolean && value.integer == 1) return;
    }
    fail("expected a file of a little-endian machine, found another one");
}

Pickle Values::finish(ValueId top, PickleKind kind) {
    switch (kind) {
        case PickleKind::tensors:
            name_tensors(top);
            break;
        case PickleKind::system:
            check_system(top);
            break;
        case PickleKind::integer:
            out_.integer = integer(top, "a number");
            break;
        case PickleKind::texts:
            if (values_[top].kind != ValueKind::list) {
                fail("expected a list of keys, found " + describe(values_[top]));
            }
            for (const ValueId item : items(top)) {
                if (values_[item].kind != ValueKind::text) {
                    fail("expected a key, found " + describe(values_[item]));
                }
                out_.texts.push_back(values_[item].text);
            }
            break;
    }
    return std::move(out_);
}

}  // namespace quire::formats::pickling
