#include "formats/pytorch/pickle.h"

#include <map>

#include "formats/pytorch/pickle_values.h"

namespace quire::formats {

namespace {

using pickling::Value;
using pickling::ValueId;
using pickling::ValueKind;

constexpr std::uint8_t kProtocol = 2;
// Names and shapes of 100,000 tensors. Values take up to some 60 bytes of memory for each byte.
constexpr std::uint64_t kMaxPickle = 16U << 20;
constexpr std::uint64_t kMaxLine = 1000;  // a module's or function's name

// Instructions. source: Lib/pickle.py
constexpr std::uint8_t kProto = 0x80;
constexpr std::uint8_t kNewTrue = 0x88;
constexpr std::uint8_t kNewFalse = 0x89;
constexpr std::uint8_t kTuple1 = 0x85;
constexpr std::uint8_t kTuple2 = 0x86;
constexpr std::uint8_t kTuple3 = 0x87;
constexpr std::uint8_t kLong1 = 0x8A;

class Machine {
  public:
    explicit Machine(base::ByteReader& reader) : reader_(reader), values_(reader) {}

    Pickle run(PickleKind kind) {
        const std::uint64_t start = reader_.position();
        if (reader_.read<std::uint8_t>("pickle") != kProto) {
            reader_.fail("expected a pickle, found other bytes");
        }
        const auto protocol = reader_.read<std::uint8_t>("protocol of the pickle");
        if (protocol != kProtocol) {
            reader_.fail("expected a pickle of protocol 2, found protocol " +
                         std::to_string(protocol));
        }
        while (true) {
            if (reader_.position() - start > kMaxPickle) reader_.fail("the pickle is too long");
            const auto code = reader_.read<std::uint8_t>("instruction of the pickle");
            if (code == '.') break;
            if (!push_constant(code) && !build(code)) refuse(code);
        }
        if (stack_.size() != 1) reader_.fail("expected the pickle to leave one value");
        return values_.finish(pop(), kind);
    }

  private:
    [[noreturn]] void refuse(std::uint8_t code) const {
        constexpr std::string_view kHex = "0123456789ABCDEF";
        reader_.fail(std::string("the pickle's instruction 0x") + kHex[code >> 4] +
                     kHex[code & 15U] + " is not supported: weights need none such");
    }

    // Values that follow their instruction.
    bool push_constant(std::uint8_t code) {
        switch (code) {
            case 'N':
                return push({ValueKind::none});
            case kNewTrue:
                return push({ValueKind::boolean, 1});
            case kNewFalse:
                return push({ValueKind::boolean, 0});
            case 'K':
                return push({ValueKind::integer, reader_.read<std::uint8_t>("integer")});
            case 'M':
                return push({ValueKind::integer, reader_.read<std::uint16_t>("integer")});
            case 'J':
                return push({ValueKind::integer, reader_.read<std::int32_t>("integer")});
            case kLong1:
                return push({ValueKind::integer, read_long()});
            case 'G':
                reader_.skip(8, "float");
                return push({ValueKind::number});
            case 'X':
            case 'T':
                return push_text(reader_.read<std::uint32_t>("length of a text"));
            case 'U':
                return push_text(reader_.read<std::uint8_t>("length of a text"));
            case 'c':
                return push({ValueKind::global, 0, read_global()});
            case ')':
                return push_items(ValueKind::tuple, {});
            case ']':
                return push_items(ValueKind::list, {});
            case '}':
                return push_items(ValueKind::dict, {});
            default:
                return false;
        }
    }

    // Instructions that work on the stack.
    bool build(std::uint8_t code) {
        switch (code) {
            case '(':
                marks_.push_back(stack_.size());
                return true;
            case 't':
                return push_items(ValueKind::tuple, pop_marked());
            case kTuple1:
            case kTuple2:
            case kTuple3:
                return push_items(ValueKind::tuple, pop_last(code - kTuple1 + 1U));
            case 'a':
                return extend(ValueKind::list, pop_last(1));
            case 'e':
                return extend(ValueKind::list, pop_marked());
            case 's':
                return extend(ValueKind::dict, pop_last(2));
            case 'u':
                return extend(ValueKind::dict, pop_marked());
            case 'q':
                return remember(reader_.read<std::uint8_t>("place of a value"));
            case 'r':
                return remember(reader_.read<std::uint32_t>("place of a value"));
            case 'h':
                return recall(reader_.read<std::uint8_t>("place of a value"));
            case 'j':
                return recall(reader_.read<std::uint32_t>("place of a value"));
            case 'Q':
                stack_.push_back(values_.load_storage(pop()));
                return true;
            case 'R': {
                const ValueId arguments = pop();
                stack_.push_back(values_.call(pop(), arguments));
                return true;
            }
            case 'b':
                return set_state(pop());
            default:
                return false;
        }
    }

    bool push(Value value) {
        stack_.push_back(values_.add(value));
        return true;
    }
    bool push_items(ValueKind kind, std::vector<ValueId> items) {
        stack_.push_back(values_.add_items(kind, std::move(items)));
        return true;
    }
    bool push_text(std::uint64_t length) {
        return push({ValueKind::text, 0, reader_.take_text(length, "text")});
    }

    ValueId pop() { return pop_last(1)[0]; }
    std::vector<ValueId> pop_last(std::size_t n) {
        const std::size_t floor = marks_.empty() ? 0 : marks_.back();
        if (stack_.size() < floor + n) reader_.fail("expected a value, found none on the stack");
        std::vector<ValueId> out(stack_.end() - static_cast<std::ptrdiff_t>(n), stack_.end());
        stack_.resize(stack_.size() - n);
        return out;
    }
    std::vector<ValueId> pop_marked() {
        if (marks_.empty()) reader_.fail("expected a mark, found none on the stack");
        const std::size_t n = stack_.size() - marks_.back();
        std::vector<ValueId> out = pop_last(n);
        marks_.pop_back();
        return out;
    }

    bool extend(ValueKind kind, const std::vector<ValueId>& more) {
        const ValueId target = top();
        if (values_[target].kind != kind) {
            reader_.fail("expected a container on the stack, found " + describe(values_[target]));
        }
        if (kind == ValueKind::dict && more.size() % 2 != 0) {
            reader_.fail("expected a value for each key, found one less");
        }
        auto& items = values_.items(target);
        items.insert(items.end(), more.begin(), more.end());
        return true;
    }
    ValueId top() {
        const ValueId id = pop();
        stack_.push_back(id);
        return id;
    }

    bool remember(std::uint32_t place) {
        memo_[place] = top();
        return true;
    }
    bool recall(std::uint32_t place) {
        const auto found = memo_.find(place);
        if (found == memo_.end()) reader_.fail("expected a remembered value, found none");
        stack_.push_back(found->second);
        return true;
    }

    // Of modules: which version of each class wrote them.
    bool set_state(ValueId state) {
        const bool fits = values_[top()].kind == ValueKind::dict &&
                          values_[state].kind == ValueKind::dict &&
                          values_.items(state).size() == 2 &&
                          values_[values_.items(state)[0]].text == "_metadata";
        if (!fits) reader_.fail("an object with a state of its own is not supported");
        return true;
    }

    std::int64_t read_long() {
        const auto n = reader_.read<std::uint8_t>("length of an integer");
        const base::Bytes bytes = reader_.take(n, "integer");
        if (n > 8) reader_.fail("expected an integer of at most 64 bits, found one of more");
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < n; ++i) {
            value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
        }
        // Two's complement: the top bit of the last byte is the sign.
        if (n > 0 && n < 8 && value >> (8 * n - 1) != 0) value |= ~std::uint64_t{0} << (8 * n);
        return static_cast<std::int64_t>(value);
    }

    // Two lines: module and name.
    std::string_view read_global() {
        const char* first = base::as_text(reader_.take(1, "name of a global")).data();
        std::uint64_t n = 1;
        for (int lines = *first == '\n' ? 1 : 0; lines < 2; ++n) {
            if (n > kMaxLine) reader_.fail("the name of a global is too long");
            if (reader_.read<char>("name of a global") == '\n') ++lines;
        }
        return {first, n - 1};
    }

    base::ByteReader& reader_;
    pickling::Values values_;
    std::vector<ValueId> stack_;
    std::vector<std::size_t> marks_;  // heights of the stack
    std::map<std::uint32_t, ValueId> memo_;
};

}  // namespace

Pickle read_pickle(base::ByteReader& reader, PickleKind kind) {
    return Machine(reader).run(kind);
}

std::uint64_t pickled_bytes(std::string_view dtype) noexcept {
    if (dtype == "F64" || dtype == "I64" || dtype == "U64") return 8;
    if (dtype == "F32" || dtype == "I32" || dtype == "U32") return 4;
    if (dtype == "F16" || dtype == "BF16" || dtype == "I16" || dtype == "U16") return 2;
    return 1;
}

}  // namespace quire::formats
