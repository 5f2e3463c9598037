// The frames of values of JSON: values, objects and arrays. White space is where writers put it: behind
// an opening bracket and a comma, and before a closing bracket, one space, or one line end with at most
// kMostIndent spaces or tabs; behind a colon one space.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "lib/generate/constraints/json/goals.h"
#include "lib/generate/constraints/json/objects.h"
#include "lib/generate/constraints/machine/item.h"

namespace quire::constraints {

class JsonSource : public Source {
  public:
    static constexpr std::uint8_t kMostIndent = 40;

    // Follows `schema`. Throws SchemaFault; also if no value at all follows it.
    JsonSource(Json schema, TextSource& texts);

    // Where a value begins that follows the whole schema.
    Item start();

    Moves moves(std::uint32_t local) override;
    std::uint32_t rest(std::uint32_t local) override;
    Item like(std::uint32_t local, std::vector<std::string>& except) override;

  private:
    enum class Kind : std::uint8_t {
        value,         // of a goal
        closed,        // behind the closing bracket
        object_open,   // behind {
        object_name,   // inside a name
        object_colon,  // before the colon
        object_value,  // behind it
        object_after,  // behind a member
        object_comma,  // behind the comma
        array_open,
        array_after,
        array_comma,
    };
    // White space so far: 0 none, 1 a space, from 2 on a line end and so many less 2 characters.
    struct Place {
        Kind kind = Kind::value;
        std::uint8_t space = 0;
        std::uint32_t shape = 0;  // or the goal
        std::uint32_t state = 0;
        std::uint32_t label = 0;
        // The number of the name's bytes so far, where they matter; kAnyContent: other than all others.
        std::uint32_t content = 0;
        TextPlace text = {};

        bool operator==(const Place&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Place& place) const noexcept;
    };

    Item item(const Place& place);
    Item value_of(GoalId goal) { return item({.kind = Kind::value, .shape = goal}); }
    Moves moves_of_value(GoalId goal);
    Moves moves_of_array(const Place& at);
    Moves moves_of_object(const Place& at);
    void add_name_start(const Place& at, Moves& out);
    void add_name(const Place& at, Moves& out);
    void add_name_byte(const Place& at, const Arc& bytes, const TextPlace& to, Moves& out);
    void add_space(const Place& at, Moves& out);
    std::uint64_t rest_of(const Place& at);
    std::uint64_t rest_of_name(const Place& at);
    std::uint32_t content_after(std::uint32_t content, unsigned byte);
    std::uint32_t state_after(const Place& at, std::uint32_t witnesses);

    Document document_;
    Goals goals_;
    TextSource& texts_;
    GoalId root_;
    std::vector<Place> places_;
    std::unordered_map<Place, std::uint32_t, Hash> numbers_;
    std::vector<std::uint64_t> rests_;  // by place; kNever: not known yet
    static constexpr std::uint32_t kAnyContent = UINT32_MAX;
    static constexpr std::uint32_t kEscaped = UINT32_MAX - 1;  // bytes with an escape
    std::vector<std::string> contents_{""};
    std::unordered_map<std::string, std::uint32_t> content_numbers_{{"", 0}};
};

}  // namespace quire::constraints
