#include "lib/chat/jinja/values/from_json.h"

#include "lib/base/utf8.h"
#include "lib/chat/jinja/values/big_integer.h"
#include "lib/chat/jinja/values/roles.h"

namespace quire::jinja {
namespace {

using Json = nlohmann::ordered_json;

class JsonReader {
  public:
    JsonReader(Context& context, std::string_view name) : context_(context), name_(name) {}

    Value read(const Json& json) {
        if (++depth_ > kMaxValueDepth) fail("nested too deeply");
        Value value = read_value(json);
        --depth_;
        return value;
    }

    Text read_string(const std::string& bytes) {
        if (!base::is_utf8(bytes)) fail("a string that is not UTF-8");
        context_.budget.bytes(bytes.size());
        return Text(bytes, Origin::from_data);
    }

  private:
    [[noreturn]] void fail(const std::string& what) {
        throw Failure(ErrorCode::input, std::string(name_) + ": " + what);
    }

    Value read_value(const Json& json) {
        switch (json.type()) {
            case Json::value_t::null:
                return Value();
            case Json::value_t::boolean:
                return Value(json.get<bool>());
            case Json::value_t::number_integer:
                return Value(json.get<std::int64_t>());
            case Json::value_t::number_float:
                return Value(json.get<double>());
            case Json::value_t::number_unsigned:
                return make_integer(std::to_string(json.get<std::uint64_t>()));
            case Json::value_t::binary:
                return make_integer(digits_of(json));
            case Json::value_t::string:
                return make_text(context_, read_string(json.get_ref<const std::string&>()));
            case Json::value_t::array: {
                std::vector<Value> items;
                items.reserve(json.size());
                for (const Json& item : json) items.push_back(read(item));
                return make_list(context_, std::move(items));
            }
            case Json::value_t::object: {
                Dict dict;
                for (const auto& [key, item] : json.items()) {
                    dict.set(context_.budget, Value(read_string(key)), read(item));
                }
                return make_dict(context_, std::move(dict));
            }
            case Json::value_t::discarded:
                break;
        }
        fail("not JSON");
    }

    Context& context_;
    std::string_view name_;
    int depth_ = 0;
};

}  // namespace

Value from_json(Context& context, const Json& json, std::string_view name) {
    return JsonReader(context, name).read(json);
}

Value messages_from_json(Context& context, const Json& messages) {
    if (!messages.is_array()) {
        throw Failure(ErrorCode::input, "messages: expected a list of objects");
    }
    JsonReader reader(context, "messages");
    std::vector<Value> items;
    for (const Json& message : messages) {
        if (!message.is_object()) {
            throw Failure(ErrorCode::input, "messages: expected a list of objects");
        }
        Dict dict;
        for (const auto& [key, value] : message.items()) {
            const bool trusted = key == "role" && value.is_string() &&
                                 is_common_role(value.get_ref<const std::string&>());
            dict.set(
                context.budget, Value(reader.read_string(key)),
                trusted ? Value::literal(value.get_ref<const std::string&>()) : reader.read(value));
        }
        items.push_back(make_dict(context, std::move(dict)));
    }
    return make_list(context, std::move(items));
}

}  // namespace quire::jinja
