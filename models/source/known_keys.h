// What a key of a checkpoint does to the model. Tables of keys hold rows of this type; a row that
// does not say what its key does, or why it does nothing, does not compile.
#pragma once

#include <string_view>
#include <variant>

namespace quire::models {

// The value becomes the value of a key of config.json's words.
struct Field {
    constexpr explicit Field(std::string_view key) : to(key) {
        if (key.empty()) throw "a field needs the key that it becomes";
    }
    std::string_view to;
};

// The value is read, but not through the table.
struct ReadElsewhere {
    constexpr explicit ReadElsewhere(std::string_view reader) : by(reader) {
        if (reader.empty()) throw "say who reads the key";
    }
    std::string_view by;
};

// Any other value would change what the model computes and is refused by name.
struct MustEqual {
    constexpr explicit MustEqual(std::string_view value) : json(value) {
        if (value.empty()) throw "say which value";
    }
    std::string_view json;  // the value, or a list of those that will do, as JSON
};

// No value changes what the model computes.
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
