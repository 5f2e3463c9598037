// The fields of a request's body, each asked for once. What is wrong with one is thrown as a
// Refusal inside this folder; done() refuses those that nobody asked for.
#pragma once

#include <set>

#include "formats/openai/request.h"

namespace quire::formats::openai {

// "a string", "a list", ... for messages.
std::string kind_of(const Json& value);
// The value itself, for messages: as JSON on one line, cut when it is long.
std::string text_of(const Json& value);

[[noreturn]] void refuse(const std::string& code, const std::string& param,
                         const std::string& message);
[[noreturn]] void refuse_type(const std::string& param, const std::string& expected,
                              const Json& found);
[[noreturn]] void refuse_unsupported(const std::string& param, const std::string& why);

class BodyFields {
  public:
    explicit BodyFields(const Json& body) : body_(body) {}

    // Null when the field is absent or null, which the API takes for the same.
    const Json* find(const char* name);
    const Json& required(const char* name);
    std::optional<bool> boolean(const char* name);
    std::optional<double> number(const char* name, double low, double high);
    std::optional<std::uint64_t> integer(const char* name, std::uint64_t low, std::uint64_t high);
    // Accepted and without effect here.
    void ignore(std::initializer_list<const char*> names);
    void unsupported(std::initializer_list<const char*> names);
    void done() const;

  private:
    const Json& body_;
    std::set<std::string, std::less<>> seen_;
};

}  // namespace quire::formats::openai
