// Strict JSON, event by event, for the small documents of the safetensors format, whose structure
// is known. A handler derives from JsonEvents and overrides the events that it expects at each
// place; any other event, and anything that is not JSON, is an Error{model}. Nothing recurses, and
// only the handler keeps values. (lib/base/json reads documents as a whole; here a header of 100 MB
// must not become a tree.)
#pragma once

#include <cstdint>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/json/json.h"

namespace quire::formats {

class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit JsonEvents(std::string where) : where_(std::move(where)) {}

    bool null() override { return unexpected("null"); }
    bool boolean(bool) override { return unexpected("a boolean"); }
    bool number_integer(number_integer_t) override { return unexpected("a negative number"); }
    bool number_unsigned(number_unsigned_t) override { return unexpected("a number"); }
    bool number_float(number_float_t, const string_t&) override {
        return unexpected("a number that is no 64-bit integer");
    }
    bool string(string_t&) override { return unexpected("a string"); }
    bool binary(binary_t&) override { return unexpected("binary data"); }
    bool start_object(std::size_t) override { return unexpected("an object"); }
    bool start_array(std::size_t) override { return unexpected("an array"); }
    bool parse_error(std::size_t position, const std::string& last_token,
                     const nlohmann::json::exception& error) final;

    [[noreturn]] void fail(const std::string& message) const;

  protected:
    // Throws Error{model} saying what was expected at this place: see expected().
    bool unexpected(const std::string& found) const;
    virtual std::string expected() const = 0;

  private:
    std::string where_;  // the file, for messages
};

// Reads a whole document: an object in UTF-8 with nothing except white space after it.
void parse_strict_json(base::Bytes text, JsonEvents& events);

}  // namespace quire::formats
