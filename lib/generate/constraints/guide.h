// Keeps a text to a constraint: which tokens may be drawn, which need no draw, and when the text must be
// brought to its end.
//
// Where the constraint leaves no choice, the text is continued without a draw. The bytes that must come
// are divided as the tokenizer divides a text that goes on with them; the last of these tokens is left
// to be drawn, as it may be the beginning of a longer one, unless the text ends with it. This depends on
// the text so far and on nothing else.
//
// When the limit of tokens is near, a drawn token after which the text could not be completed is put
// back, and the shortest ending that is known is written instead.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "lib/generate/constraints/run.h"

namespace quire::constraints {

class Guide {
  public:
    Guide(std::shared_ptr<Constraint> constraint, std::shared_ptr<const Vocabulary> vocabulary);

    // Whether the text is complete and nothing may follow.
    bool must_end() const noexcept { return must_end_; }
    bool may_end() { return run_.may_end(); }
    // The next token, if no draw is needed.
    std::optional<std::uint32_t> forced() const;
    // Copies the logits of tokens that may come next to `out`, which has the same size; those of all
    // others become `never`. False if there is no such token.
    bool allow(std::span<const float> logits, float never, std::span<float> out);
    // Takes a token that is forced or was drawn, where n_left more may follow it. Returns the token that
    // is taken, which is another one where the text would not have room to end, and none if the text
    // must end before it.
    std::optional<std::uint32_t> take(std::uint32_t token, std::size_t n_left);

  private:
    bool can_end_within(std::size_t n_tokens);
    void look_ahead();

    ConstraintRun run_;
    Bits bits_;
    std::deque<std::uint32_t> forced_;
    bool ending_ = false;  // forced_ completes the text
    bool must_end_ = false;
};

}  // namespace quire::constraints
