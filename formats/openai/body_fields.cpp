#include "formats/openai/body_fields.h"

#include "lib/base/json/json_text.h"
#include "lib/base/quoted.h"
#include "lib/chat/jinja/values/big_integer.h"

namespace quire::formats::openai {

namespace {

using base::JsonFaultKind;

void refuse_fault(const base::JsonFault<Json>& fault) {
    switch (fault.kind) {
        case JsonFaultKind::missing:
            refuse("missing_required_parameter", fault.key,
                   "expected " + fault.expected + ", found none");
        case JsonFaultKind::wrong_type:
            refuse_type(fault.key, fault.expected, *fault.found);
        case JsonFaultKind::out_of_range:
            refuse("invalid_value", fault.key,
                   "expected " + fault.expected + ", found " + text_of(*fault.found));
        case JsonFaultKind::unknown_key:
            refuse("unknown_parameter", fault.key,
                   "expected a field of this endpoint, found another");
    }
}

}  // namespace

std::string text_of(const Json& value) {
    return value.is_binary() ? base::printable(jinja::digits_of(value)) : base::json_excerpt(value);
}

void refuse(const std::string& code, const std::string& param, const std::string& message) {
    throw Refusal{400, code, param, message};
}

void refuse_type(const std::string& param, const std::string& expected, const Json& found) {
    refuse("invalid_type", param, "expected " + expected + ", found " + base::json_kind(found));
}

void refuse_unsupported(const std::string& param, const std::string& why) {
    refuse("unsupported_parameter", param, why);
}

BodyFields::BodyFields(const Json& body) : JsonObject(body, refuse_fault) {}

void BodyFields::ignore(std::initializer_list<const char*> names) {
    for (const char* name : names) JsonObject::ignore(name);
}

void BodyFields::unsupported(std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (find(name) != nullptr) refuse_unsupported(name, "not supported here");
    }
}

}  // namespace quire::formats::openai
