// The members of a request's body. A fault is thrown as a Refusal inside this folder; done() refuses
// the members that were not read.
#pragma once

#include <initializer_list>

#include "formats/openai/request.h"
#include "lib/base/json/json_object.h"

namespace quire::formats::openai {

// The value for messages: as JSON on one line, cut when it is long; an integer of any size with all
// its digits.
std::string text_of(const Json& value);

[[noreturn]] void refuse(const std::string& code, const std::string& param,
                         const std::string& message);
[[noreturn]] void refuse_type(const std::string& param, const std::string& expected,
                              const Json& found);
[[noreturn]] void refuse_unsupported(const std::string& param, const std::string& why);

// The API takes null for an absent member, as JsonObject does.
class BodyFields : public base::JsonObject<Json> {
  public:
    explicit BodyFields(const Json& body);

    // Accepted, but without effect here.
    void ignore(std::initializer_list<const char*> names);
    // Refused unless they are absent.
    void unsupported(std::initializer_list<const char*> names);
};

}  // namespace quire::formats::openai
