// Tells a model's thoughts from its answer while the text arrives.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace quire::chat_app {

class ThoughtSplitter {
  public:
    // Called with each part of the text as soon as it is known what it is.
    using Sink = std::function<void(std::string_view text, bool is_thought)>;

    // prompt: what the model goes on from; the template may have opened the thoughts there.
    ThoughtSplitter(std::string_view prompt, Sink sink);

    void push(std::string_view text);
    // The end of the text: what was held back, as it might have been a mark.
    void finish();

  private:
    void emit(std::string_view text);

    Sink sink_;
    std::string held_;
    std::string_view close_;  // the mark that ends the thoughts; empty: not inside of any
    bool began_ = false;      // something of the answer or of the thoughts was emitted
};

}  // namespace quire::chat_app
