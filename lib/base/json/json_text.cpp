#include "lib/base/json/json_text.h"

#include <algorithm>
#include <type_traits>
#include <unordered_set>
#include <vector>

#include "lib/base/json/json.h"

namespace quire::base {

namespace {

constexpr std::size_t kMaxShown = 120;  // characters of a key or value in a message

template <typename Json>
std::string excerpt(const Json& value) {
    std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
    if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "...";
    return text;
}

// Where the parser stopped; `position` counts from 1 and may be past the end.
std::string place(std::string_view text, std::size_t position) {
    const std::string_view before = text.substr(0, position == 0 ? 0 : position - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t start = before.rfind('\n');
    const std::size_t column = before.size() - (start == before.npos ? 0 : start + 1) + 1;
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// Builds the value from the parser's events. Open containers are on a stack: each is an element of
// the one below it, which gets no further element until this one is closed.
template <typename Json>
class Builder : public nlohmann::json_sax<Json> {
  public:
    using typename nlohmann::json_sax<Json>::number_integer_t;
    using typename nlohmann::json_sax<Json>::number_unsigned_t;
    using typename nlohmann::json_sax<Json>::number_float_t;
    using typename nlohmann::json_sax<Json>::string_t;
    using typename nlohmann::json_sax<Json>::binary_t;

    Builder(std::string_view text, const std::string& where, ErrorCode code)
        : text_(text), where_(where), code_(code) {}

    Json take() { return std::move(root_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t& value) override { return add(std::move(value)); }
    bool start_object(std::size_t) override { return open(Json::object()); }
    bool start_array(std::size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }
    bool key(string_t& name) override {
        Open& object = open_.back();
        auto& members = object.value->template get_ref<typename Json::object_t&>();
        if constexpr (std::is_same_v<Json, nlohmann::ordered_json>) {
            // ordered_json::emplace() compares with every key already present.
            if (!object.keys.insert(name).second) twice(name);
            members.emplace_back(std::move(name), Json());
            object.member = &members.back().second;
        } else {
            const auto [member, is_new] = members.try_emplace(std::move(name));
            if (!is_new) twice(member->first);
            object.member = &member->second;
        }
        return true;
    }
    bool parse_error(std::size_t position, const std::string&,
                     const nlohmann::json::exception&) override {
        throw Error(code_, where_, "not JSON (" + place(text_, position) + ")");
    }

  private:
    struct Open {
        Json* value;
        Json* member = nullptr;                     // of an object: the value of the last key
        std::unordered_set<std::string> keys = {};  // of an object that keeps its order
    };

    Json* put(Json value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        Open& parent = open_.back();
        if (parent.value->is_array()) {
            parent.value->push_back(std::move(value));
            return &parent.value->back();
        }
        *parent.member = std::move(value);
        return parent.member;
    }
    template <typename Value>
    bool add(Value&& value) {
        put(Json(std::forward<Value>(value)));
        return true;
    }
    bool open(Json value) {
        if (open_.size() == kMaxJsonDepth) {
            throw Error(code_, where_,
                        "JSON expected to be nested at most " + std::to_string(kMaxJsonDepth) +
                            " levels deep, found more");
        }
        open_.push_back({put(std::move(value))});
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }
    [[noreturn]] void twice(const std::string& name) const {
        throw Error(code_, where_, "key " + excerpt(Json(name)) + " appears twice in one object");
    }

    std::string_view text_;
    const std::string& where_;
    ErrorCode code_;
    Json root_;
    std::vector<Open> open_;
};

template <typename Json>
Json parse(std::string_view text, const std::string& where, ErrorCode code) {
    Builder<Json> builder(text, where, code);
    Json::sax_parse(text.begin(), text.end(), &builder);
    return builder.take();
}

}  // namespace

nlohmann::json parse_json(std::string_view text, const std::string& where, ErrorCode code) {
    return parse<nlohmann::json>(text, where, code);
}

nlohmann::ordered_json parse_ordered_json(std::string_view text, const std::string& where,
                                          ErrorCode code) {
    return parse<nlohmann::ordered_json>(text, where, code);
}

std::string json_excerpt(const nlohmann::json& value) {
    return excerpt(value);
}

std::string json_excerpt(const nlohmann::ordered_json& value) {
    return excerpt(value);
}

}  // namespace quire::base
