#include "lib/generate/constraints/run.h"

#include <algorithm>
#include <utility>

#include "lib/base/assert.h"
#include "lib/base/utf8.h"

namespace quire::constraints {

namespace {

// Of the text, without a character at its end that is not complete.
std::size_t whole_characters(std::string_view text) noexcept {
    std::size_t n = 0;
    while (n < text.size()) {
        const base::CodePoint c = base::decode_utf8(text.substr(n));
        if (c.truncated) break;
        n += static_cast<std::size_t>(c.length);
    }
    return n;
}

}  // namespace

Constraint::Constraint() : texts_(machine_.add(std::make_unique<TextSource>())) {}

std::size_t Constraint::n_places() {
    const std::lock_guard lock(mutex_);
    return machine_.n_stacks();
}

ConstraintRun::ConstraintRun(std::shared_ptr<Constraint> constraint,
                             std::shared_ptr<const Vocabulary> vocabulary)
    : constraint_(std::move(constraint)), vocabulary_(std::move(vocabulary)) {
    const std::lock_guard lock(constraint_->mutex_);
    QUIRE_ASSERT(!constraint_->start_.empty());
    now_ = constraint_->start_;
    if (constraint_->vocabulary_ == vocabulary_) return;
    constraint_->masks_.reset();
    constraint_->vocabulary_ = vocabulary_;
    constraint_->masks_.emplace(constraint_->machine_, constraint_->texts_, *vocabulary_);
}

void ConstraintRun::allowed(Bits& bits) {
    const std::lock_guard lock(constraint_->mutex_);
    bits = constraint_->masks_->allowed(now_);
}

Bits ConstraintRun::allowed_slowly() {
    const std::lock_guard lock(constraint_->mutex_);
    return constraints::allowed_slowly(constraint_->machine_, *vocabulary_, now_);
}

bool ConstraintRun::may_end(const Stacks& at) {
    return std::any_of(at.begin(), at.end(),
                       [this](Stack stack) { return constraint_->machine_.complete(stack); });
}

bool ConstraintRun::may_end() {
    const std::lock_guard lock(constraint_->mutex_);
    return may_end(now_);
}

Stacks ConstraintRun::after(const Stacks& at, std::uint8_t byte) {
    Stacks out;
    for (const Stack stack : at) constraint_->machine_.step(stack, byte, out);
    normalize(out);
    return out;
}

bool ConstraintRun::must_end() {
    const std::lock_guard lock(constraint_->mutex_);
    if (!may_end(now_)) return false;
    for (unsigned byte = 0; byte < 256; ++byte) {
        if (!after(now_, static_cast<std::uint8_t>(byte)).empty()) return false;
    }
    return true;
}

bool ConstraintRun::push_bytes(std::string_view bytes) {
    const std::lock_guard lock(constraint_->mutex_);
    Stacks at = now_;
    for (const char byte : bytes) {
        at = after(at, static_cast<std::uint8_t>(byte));
        if (at.empty()) return false;
    }
    now_ = std::move(at);
    return true;
}

bool ConstraintRun::push(std::uint32_t token) {
    const std::string_view text = vocabulary_->text(token);
    return !text.empty() && push_bytes(text);
}

std::string ConstraintRun::forced() {
    const std::lock_guard lock(constraint_->mutex_);
    std::string out;
    Stacks at = now_;
    while (out.size() < kMostForced && !may_end(at)) {
        Stacks only;
        unsigned which = 256;
        for (unsigned byte = 0; byte < 256; ++byte) {
            Stacks next = after(at, static_cast<std::uint8_t>(byte));
            if (next.empty()) continue;
            if (which < 256) {
                which = 257;
                break;
            }
            which = byte;
            only = std::move(next);
        }
        if (which >= 256) break;
        out += static_cast<char>(which);
        at = std::move(only);
    }
    out.resize(whole_characters(out));
    return out;
}

std::uint64_t ConstraintRun::n_missing(const Stacks& at) {
    std::uint64_t least = UINT64_MAX;
    for (const Stack stack : at) least = std::min(least, constraint_->machine_.rest(stack));
    return least;
}

std::uint64_t ConstraintRun::n_missing() {
    const std::lock_guard lock(constraint_->mutex_);
    return n_missing(now_);
}

std::optional<std::string> ConstraintRun::ending(std::size_t most) {
    const std::lock_guard lock(constraint_->mutex_);
    std::string out;
    Stacks at = now_;
    while (!may_end(at)) {
        if (out.size() >= most) return std::nullopt;
        Stacks best;
        std::uint64_t least = UINT64_MAX;
        unsigned which = 0;
        for (unsigned byte = 0; byte < 256; ++byte) {
            Stacks next = after(at, static_cast<std::uint8_t>(byte));
            if (next.empty()) continue;
            const std::uint64_t missing = n_missing(next);
            if (missing >= least) continue;
            least = missing;
            which = byte;
            best = std::move(next);
        }
        if (best.empty()) return std::nullopt;
        out += static_cast<char>(which);
        at = std::move(best);
    }
    return out;
}

}  // namespace quire::constraints
