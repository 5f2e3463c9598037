// A conversation with a model at a terminal, or over lines of standard input.
#pragma once

#include <ctime>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apps/chat/conversation.h"
#include "apps/chat/line_input.h"
#include "apps/chat/options.h"
#include "apps/common/open_model.h"
#include "lib/base/files/output_path.h"
#include "lib/chat/chat_encoder.h"
#include "lib/generate/engine.h"

namespace quire::chat_app {

// What the session talks to.
struct Opened {
    const formats::QuireFile& file;
    const model::Model& model;
    const tokenizer::Tokenizer& tokenizer;
};

class Session {
  public:
    // Error{usage} when the model has no chat template. `opened` and `options` must outlive it.
    Session(const Opened& opened, Options& options, LineInput& input);

    // Reads and answers until the input ends. Returns the exit code.
    int run();

    // What the commands of commands.h do.
    Conversation& conversation() noexcept { return conversation_; }
    Drawing& drawing() noexcept { return options_.drawing; }
    const tokenizer::Tokenizer& tokenizer() const noexcept { return opened_.tokenizer; }
    // Error{input} when it is no conversation.
    void load(const std::string& path);
    // Error{usage} when the file exists and is not one that this session has read or written.
    void save(const std::string& path, bool overwrite);
    // Answers the last message of the user.
    void answer();
    // Forgets that earlier answers to the same message were drawn.
    void new_message() noexcept { n_retries_ = 0; }
    void retry();
    // One line: how much of the context the conversation takes.
    std::string usage();
    // A line for the user, not of the model.
    void say(const std::string& text) const;
    void end() noexcept { ended_ = true; }

  private:
    struct Prompt {
        std::string text;
        std::vector<std::uint32_t> tokens;
    };
    enum class Room : std::uint8_t { enough, taken_back, ended };

    // Error{usage} as of save().
    base::OutputPath place_for(const std::string& path, bool overwrite) const;
    void greet() const;
    void read_message(std::string line);
    std::string whole_message(std::string line);
    Prompt prompt() const;
    Room make_room(Prompt& prompt);
    Room ask_about_room(Prompt& prompt);
    void drop_turns(Prompt& prompt);
    bool has_room(const Prompt& prompt) const;
    generate::Request request_of(const Prompt& prompt) const;
    Answer write_answer(const Prompt& prompt, generate::Result& result);
    void after(const generate::Result& result, const Answer& answer);

    Opened opened_;
    Options& options_;
    LineInput& input_;
    chat::ChatEncoder encoder_;
    std::time_t time_;  // of the beginning, for templates: a prompt must not change afterwards
    generate::Engine engine_;
    Conversation conversation_;
    std::set<std::string> known_files_;  // read or written, which may be replaced
    std::size_t n_retries_ = 0;          // of the last message
    bool goes_on_ = false;               // the user wants no more questions about the context
    bool ended_ = false;
    bool colours_;
};

}  // namespace quire::chat_app
