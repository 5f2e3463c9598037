// Finds stop strings in text that comes in pieces, and holds back what may still become one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace quire::generate {

class StopMatcher {
  public:
    // Empty strings are ignored.
    explicit StopMatcher(std::vector<std::string> stops);

    // Adds text and returns what can go out now. After a stop string was found: what stood before
    // it, and from then on nothing.
    std::string push(std::string_view text);
    // What was held back, when no more text comes.
    std::string finish();
    bool stopped() const noexcept { return stopped_; }

  private:
    std::vector<std::string> stops_;
    std::string held_;
    bool stopped_ = false;
};

}  // namespace quire::generate
