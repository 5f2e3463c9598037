// A text that begins with given bytes, however tokens divide them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lib/generate/sampling/token_texts.h"

namespace quire::generate {

class RequiredPrefix {
  public:
    // `texts` must outlive the object.
    RequiredPrefix(std::string prefix, const TokenTexts& texts)
        : rest_(std::move(prefix)), texts_(texts) {}

    // Whether the whole prefix is there.
    bool done() const noexcept { return rest_.empty(); }
    // Sets the logits of all tokens that do not go on with the prefix to `never`. Not when done().
    void exclude_others(std::span<float> logits, float never) const;
    void push(std::uint32_t token);

  private:
    std::string rest_;  // what is still to come
    const TokenTexts& texts_;
};

}  // namespace quire::generate
