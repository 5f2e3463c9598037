// The effect of a key of a checkpoint on the model. Tables of keys have rows of this type; a row
// must say what its key does or why it has no effect, or it does not compile.
#pragma once

#include <string_view>
#include <variant>

namespace quire::models {

// The value is stored under a key of config.json.
struct Field {
    constexpr explicit Field(std::string_view key) : to(key) {
        if (key.empty()) throw "a field needs the key that it becomes";
    }
    std::string_view to;
};

// The value is read by other code.
struct ReadElsewhere {
    constexpr explicit ReadElsewhere(std::string_view reader) : by(reader) {
        if (reader.empty()) throw "say who reads the key";
    }
    std::string_view by;
};

// Any other value would change the result and is refused by name.
struct MustEqual {
    constexpr explicit MustEqual(std::string_view value) : json(value) {
        if (value.empty()) throw "say which value";
    }
    std::string_view json;  // the value, or a list of accepted values, as JSON
};

// No value changes the result.
struct Harmless {
    constexpr explicit Harmless(std::string_view reason) : because(reason) {
        if (reason.empty()) throw "say why the key changes nothing";
    }
    std::string_view because;
};

using Meaning = std::variant<Field, ReadElsewhere, MustEqual, Harmless>;

struct KnownKey {
    constexpr KnownKey(std::string_view name, Meaning what) : key(name), meaning(what) {}
    std::string_view key;
    Meaning meaning;
};

}  // namespace quire::models
