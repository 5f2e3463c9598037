// A conversation as a list of messages, which a file in the format of OpenAI's API holds.
#pragma once

#include <optional>
#include <string>

#include "formats/openai/request.h"
#include "lib/base/json/json.h"

namespace quire::chat_app {

struct Answer {
    std::string text;
    std::string thoughts;  // empty: none
};

class Conversation {
  public:
    using Json = nlohmann::ordered_json;

    // A list of messages, or an object with `messages` and what else formats::openai knows. Error{input}
    // naming `where`.
    static Conversation read(const std::string& text, const std::string& where);

    // The same form that was read: a list, or the object with its other keys.
    std::string to_text() const;
    // For the chat template.
    formats::openai::Request request() const;

    std::string system() const;
    void set_system(const std::string& text);  // empty: removes it
    void add_user(const std::string& text);
    void add_answer(const Answer& answer);

    std::size_t n_messages() const { return messages().size(); }
    const Json& messages() const;
    bool ends_with_answer() const;
    // Removes what follows the last message of the user, and that message; returns its text. None if
    // there is no such message.
    std::optional<std::string> undo();
    // Removes what follows the last message of the user. False if there is no such message.
    bool remove_answer();
    // Removes the oldest turn behind the system message; the last one stays. False if there is none.
    bool drop_oldest();
    // Removes all but the system message.
    void clear();

  private:
    Json& list();
    std::size_t last_user() const;  // its index; n_messages() if there is none

    Json json_ = Json::array();
};

}  // namespace quire::chat_app
