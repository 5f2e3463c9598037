// The values that a template computes with: those of Python, as far as templates need them. Lists
// and dicts are immutable (jinja2's sandbox refuses the methods that change them), so they are
// shared, cannot contain themselves, and know their depth. Mutable values, and those that could
// contain themselves (namespaces, iterators, loops, macros), belong to the Arena of one rendering
// and are only pointed to.
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

// A missing variable, attribute or element. It prints as nothing and is false and empty; any other
// use fails with the message `why`.
struct Undefined {
    std::shared_ptr<const std::string> why;
};

// A string and its length in characters. `markup` marks the result of |safe and |escape (jinja2's
// Markup): text added to it is escaped for HTML.
struct String {
    Text text;
    std::size_t n_chars = 0;
    bool markup = false;
};

// An integer beyond 64 bits: decimal digits without leading zeros, optionally after "-". It can be
// printed and compared, but not computed with.
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
    // Null if the value is of another kind.
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
    // The value of a bool or int, since Python accepts both as int. Nothing beyond 64 bits.
    std::optional<std::int64_t> integer() const noexcept;
    // The value of a bool, int or float. Nothing beyond 64 bits.
    std::optional<double> number() const noexcept;
    // True for bool, int of any size, and float.
    bool is_number() const noexcept { return number().has_value() || big() != nullptr; }
    bool is_markup() const noexcept { return string() != nullptr && string()->markup; }

    // The name of the type in Python: "str", "NoneType", ...
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
    int depth = 1;          // 1 + the depth of the deepest item, at most kMaxValueDepth
    bool is_group = false;  // a tuple made by groupby, with .grouper and .list
    // Only for a range:
    std::int64_t start = 0;
    std::int64_t stop = 0;
    std::int64_t step = 1;
};

// In insertion order, as in Python, with at most one entry per key.
class Dict {
  public:
    struct Entry {
        Value key;
        Value value;
    };

    // Throws Failure for a key that Python cannot hash, and for a value that is nested too deeply.
    void set(Budget& budget, const Value& key, Value value);
    void set(Budget& budget, std::string_view key, Value value);
    // Null if there is none.
    const Value* find(Budget& budget, const Value& key) const;
    const Value* find(std::string_view key) const;

    const std::vector<Entry>& entries() const noexcept { return entries_; }
    std::size_t size() const noexcept { return entries_.size(); }
    int depth() const noexcept { return depth_; }

  private:
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t, std::less<>> index_;  // by hash_key() of each entry
    int depth_ = 1;
};

// A method of a string, list or dict that was looked up but not called yet.
struct Method {
    Value self;
    std::string name;
    int depth = 1;
};

// The result of select, map and similar filters. It can be iterated over once.
struct Iterator {
    std::string_view what;  // the filter that made it
    std::shared_ptr<const Sequence> items;
    std::size_t next = 0;
};

struct Namespace {
    Dict attributes;
};

// Returns its values in turn, over and over.
struct Cycler {
    std::vector<Value> values;  // not empty
    std::size_t at = 0;
};

// Prints nothing on the first call, and the separator on later ones.
struct Joiner {
    Value separator;
    bool used = false;
};

// Owns the values of one rendering that are pointed to.
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

// What most operations need: the budget that pays for them, and the owner of new values.
struct Context {
    Budget& budget;
    Arena& arena;
};

// The nesting depth of containers; 0 for other values.
int depth_of(const Value& value);

// These charge for what they make; the first also bounds its depth.
Value make_sequence(Context& context, SequenceKind kind, std::vector<Value> items);
Value make_list(Context& context, std::vector<Value> items);
Value make_tuple(Context& context, std::vector<Value> items);
// An element of groupby's result: a tuple of key and list.
Value make_group(Context& context, const Value& key, const Value& list);
Value make_dict(Context& context, Dict dict);
Value make_text(Context& context, Text text);
Value make_markup(Context& context, Text text);
// A string that is markup if `like` is.
Value make_like(Context& context, const String& like, Text text);
Value make_iterator(Context& context, std::string_view what, std::vector<Value> items);
Value make_method(const Value& self, std::string_view name);
// `decimal`: digits, optionally after "-" and with leading zeros.
Value make_integer(std::string_view decimal);

// The exact decimal digits of a finite number, rounded down.
std::string whole_digits(double value);

// Equal for values that Python treats as the same key. Throws Failure for values that it cannot
// hash.
std::string hash_key(Budget& budget, const Value& key);

}  // namespace quire::jinja
