// The values that a template computes with: Python's, as far as templates meet them. Lists and
// dicts never change once made (the sandbox of the reference refuses their changing methods), so
// they are shared, cannot contain themselves, and know how deep they are. What does change, or
// could lead back to itself (namespaces, iterators, loops, macros), belongs to the Arena of one
// rendering and is only pointed to.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "lib/chat/jinja/values/limits.h"
#include "lib/chat/jinja/values/origin_text.h"

namespace quire::jinja {

struct Sequence;
class Dict;
struct Method;
struct Iterator;
struct Namespace;
struct Cycler;
struct Joiner;
struct Macro;
class Loop;

struct None {};

// A variable, attribute or element that is not there: prints as nothing, is false and empty, and
// any other use of it fails with `why`.
struct Undefined {
    std::shared_ptr<const std::string> why;
};

// A string and its length in characters. `markup`: what |safe and |escape give, jinja2's Markup; text
// that is added to it is escaped for HTML.
struct String {
    Text text;
    std::size_t n_chars = 0;
    bool markup = false;
};

// An integer beyond 64 bits: its decimal digits without leading zeros, perhaps behind "-". It can be
// printed and compared; there is no arithmetic with it.
struct BigInteger {
    std::string digits;
};

enum class Function { range, dict, make_namespace, raise_exception, strftime_now, cycler, joiner };

class Value {
  public:
    using Data =
        std::variant<Undefined, None, bool, std::int64_t, double, std::shared_ptr<const String>,
                     std::shared_ptr<const Sequence>, std::shared_ptr<const Dict>,
                     std::shared_ptr<const Method>, Iterator*, Namespace*, const Macro*, Loop*,
                     Function, std::shared_ptr<const BigInteger>, Cycler*, Joiner*>;

    Value() : data_(None{}) {}
    template <typename T>
    explicit Value(T data) : data_(std::move(data)) {}
    explicit Value(Text text);

    static Value undefined(std::string why);
    static Value literal(std::string_view bytes) {
        return Value(Text(bytes, Origin::from_template));
    }

    const Data& data() const noexcept { return data_; }
    template <typename T>
    bool is() const noexcept {
        return std::holds_alternative<T>(data_);
    }
    template <typename T>
    const T* get() const noexcept {
        return std::get_if<T>(&data_);
    }

    bool is_undefined() const noexcept { return is<Undefined>(); }
    bool is_none() const noexcept { return is<None>(); }
    // Null when the value is of another kind.
    const String* string() const noexcept { return pointee<String>(); }
    const Sequence* sequence() const noexcept { return pointee<Sequence>(); }
    const Dict* dict() const noexcept { return pointee<Dict>(); }
    const Method* method() const noexcept { return pointee<Method>(); }
    const BigInteger* big() const noexcept { return pointee<BigInteger>(); }
    Iterator* iterator() const noexcept { return pointer<Iterator*>(); }
    Namespace* name_space() const noexcept { return pointer<Namespace*>(); }
    const Macro* macro() const noexcept { return pointer<const Macro*>(); }
    Loop* loop() const noexcept { return pointer<Loop*>(); }
    Cycler* cycler() const noexcept { return pointer<Cycler*>(); }
    Joiner* joiner() const noexcept { return pointer<Joiner*>(); }
    // bool and int, as Python takes both where it takes an int. Nothing beyond 64 bits.
    std::optional<std::int64_t> integer() const noexcept;
    // bool, int and float. Nothing beyond 64 bits.
    std::optional<double> number() const noexcept;
    // bool, int of any size and float.
    bool is_number() const noexcept { return number().has_value() || big() != nullptr; }
    bool is_markup() const noexcept { return string() != nullptr && string()->markup; }

    // As Python names the type: "str", "NoneType"...
    std::string_view type_name() const;

  private:
    template <typename T>
    const T* pointee() const noexcept {
        const auto* shared = get<std::shared_ptr<const T>>();
        return shared ? shared->get() : nullptr;
    }
    template <typename T>
    T pointer() const noexcept {
        const T* found = get<T>();
        return found ? *found : nullptr;
    }

    Data data_;
};

enum class SequenceKind { list, tuple, range, keys, values, items };

struct Sequence {
    SequenceKind kind = SequenceKind::list;
    std::vector<Value> items;
    int depth = 1;          // 1 + that of the deepest item, at most kMaxValueDepth
    bool is_group = false;  // a tuple of groupby: .grouper and .list
    // Of a range only.
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
};

// In the order of insertion, as in Python; at most one entry per key.
class Dict {
  public:
    struct Entry {
        Value key;
        Value value;
    };

    // Throws Failure for a key that Python cannot hash, and for a value that is too deep.
    void set(Budget& budget, const Value& key, Value value);
    void set(Budget& budget, std::string_view key, Value value);
    // Null when there is none.
    const Value* find(Budget& budget, const Value& key) const;
    const Value* find(std::string_view key) const;

    const std::vector<Entry>& entries() const noexcept { return entries_; }
    std::size_t size() const noexcept { return entries_.size(); }
    int depth() const noexcept { return depth_; }

  private:
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> index_;  // hash_key of each entry
    int depth_ = 1;
};

// A method of a string, list or dict, looked up but not called yet.
struct Method {
    Value self;
    std::string name;
    int depth = 1;
};

// What select, map and their like give: can be walked through once.
struct Iterator {
    std::string_view what;  // the filter that made it
    std::shared_ptr<const Sequence> items;
    std::size_t next = 0;
};

struct Namespace {
    Dict attributes;
};

// Gives its values in turn, again and again.
struct Cycler {
    std::vector<Value> values;  // at least one
    std::size_t at = 0;
};

// Prints nothing when it is called for the first time, and the separator afterwards.
struct Joiner {
    Value separator;
    bool used = false;
};

// Owns what the values of one rendering point to.
class Arena {
  public:
    Arena();
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    Iterator* add(Iterator iterator);
    Namespace* add(Namespace made);
    Cycler* add(Cycler made);
    Joiner* add(Joiner made);
    const Macro* add(std::unique_ptr<Macro> macro);
    Loop* add(std::unique_ptr<Loop> loop);

  private:
    std::vector<std::unique_ptr<Iterator>> iterators_;
    std::vector<std::unique_ptr<Namespace>> namespaces_;
    std::vector<std::unique_ptr<Cycler>> cyclers_;
    std::vector<std::unique_ptr<Joiner>> joiners_;
    std::vector<std::unique_ptr<Macro>> macros_;
    std::vector<std::unique_ptr<Loop>> loops_;
};

// What every operation may need: the budget it is paid from and the owner of what it makes.
struct Context {
    Budget& budget;
    Arena& arena;
};

// How many containers are inside one another; 0 of a value that is none.
int depth_of(const Value& value);

// These pay for what they make; the first also bounds its depth.
Value make_sequence(Context& context, SequenceKind kind, std::vector<Value> items);
Value make_list(Context& context, std::vector<Value> items);
Value make_tuple(Context& context, std::vector<Value> items);
// What groupby gives: a tuple of the key and the list.
Value make_group(Context& context, const Value& key, const Value& list);
Value make_dict(Context& context, Dict dict);
Value make_text(Context& context, Text text);
Value make_markup(Context& context, Text text);
// A string that is markup if `like` is.
Value make_like(Context& context, const String& like, Text text);
Value make_iterator(Context& context, std::string_view what, std::vector<Value> items);
Value make_method(const Value& self, std::string_view name);
// `decimal`: digits, perhaps behind "-" and with leading zeros.
Value make_integer(std::string_view decimal);

// The decimal digits of a finite number rounded down, exactly.
std::string whole_digits(double value);

// Equal for values that Python counts as the same key; throws Failure for what it cannot hash.
std::string hash_key(Budget& budget, const Value& key);

}  // namespace quire::jinja
