// A constraint, compiled, and one text that follows it.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lib/generate/constraints/machine/machine.h"
#include "lib/generate/constraints/machine/masks.h"
#include "lib/generate/constraints/machine/vocabulary.h"
#include "lib/generate/constraints/text/text_source.h"

namespace quire::constraints {

// What texts are allowed. Shared by all texts that follow it; thread-safe.
class Constraint {
  public:
    Constraint();

    // While a constraint is made: the sources are added, and set_start() comes last.
    Machine& machine() noexcept { return machine_; }
    TextSource& texts() noexcept { return texts_; }
    void set_start(Item start) { start_ = {machine_.push(start, kNoStack)}; }
    // Places that texts have come to; they are kept, so this grows with new kinds of texts.
    std::size_t n_places();

  private:
    friend class ConstraintRun;

    std::mutex mutex_;
    Machine machine_;
    TextSource& texts_;
    Stacks start_;
    std::shared_ptr<const Vocabulary> vocabulary_;  // of masks_
    std::optional<Masks> masks_;
};

// Where one text is. Any number of them may be used at the same time, by different threads.
class ConstraintRun {
  public:
    ConstraintRun(std::shared_ptr<Constraint> constraint,
                  std::shared_ptr<const Vocabulary> vocabulary);

    // Copies the tokens that may come next into `bits`; without those that end the text.
    void allowed(Bits& bits);
    // The slow twin.
    Bits allowed_slowly();
    // Whether the text may end here.
    bool may_end();
    // Whether nothing may follow.
    bool must_end();
    // Goes on with a token or bytes. False if they are not allowed; nothing has changed then.
    bool push(std::uint32_t token);
    bool push_bytes(std::string_view bytes);

    // The bytes that must come next, while there is no choice, in whole characters. At most kMostForced.
    std::string forced();
    // Bytes that complete the text; as few as possible, as far as that is easily known. Nothing when
    // they are more than `most`.
    std::optional<std::string> ending(std::size_t most);
    // At least so many bytes are missing.
    std::uint64_t n_missing();

    const Vocabulary& vocabulary() const noexcept { return *vocabulary_; }

    static constexpr std::size_t kMostForced = 4096;

  private:
    bool may_end(const Stacks& at);
    std::uint64_t n_missing(const Stacks& at);
    Stacks after(const Stacks& at, std::uint8_t byte);

    std::shared_ptr<Constraint> constraint_;
    std::shared_ptr<const Vocabulary> vocabulary_;
    Stacks now_;
};

}  // namespace quire::constraints
