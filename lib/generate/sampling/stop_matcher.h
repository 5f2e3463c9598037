// Finds stop strings in text that arrives in pieces. Holds back the end of the text while it may be
// the beginning of a stop string.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::generate {

class StopMatcher {
  public:
    // Empty strings are ignored.
    explicit StopMatcher(std::vector<std::string> stops);

    // Adds text and returns the text that is final: when a stop string is complete, the text before
    // it, and after that nothing.
    std::string push(std::string_view text);
    // Returns the text that was held back. To be called when no more text comes.
    std::string finish();
    bool stopped() const noexcept { return stopped_; }

  private:
    std::vector<std::string> stops_;
    std::string held_;
    bool stopped_ = false;
};

}  // namespace quire::generate
