// The part of the splitter for steps with a context: those that depend on the character before a
// match or on text far ahead, or that can match the empty text.
#include "lib/base/utf8.h"
#include "lib/tokenizer/pattern/splitter.h"

namespace quire::tokenizer {

// The class of the character that ends at `at`; at the front of the piece, the class that stands
// for none.
std::size_t Splitter::class_before(std::size_t step, std::size_t begin, std::size_t at) const {
    if (at == begin) return table_.end_class();
    std::size_t from = at - 1;
    if (table_.reads_bytes(step)) return table_.class_of(static_cast<unsigned char>(text_[from]));
    while (from > begin && base::is_continuation(text_[from])) --from;
    return table_.class_of(base::decode_utf8(text_.substr(from, at - from)).value);
}

// Call this before reading the first character of a piece.
void Splitter::enter_piece(std::size_t step) {
    if (step == table_.n_steps()) return;
    const SplitContext* context = table_.context(step);
    if (context == nullptr) return;
    Level& level = levels_[step];
    level.begin = level.pos;
    level.last_match_end = kNowhere;
    if (context->n_conditions() == 0) return;
    level.held.assign(level.end - level.begin + 1, 0);
    SplitContext::BackwardRun run(*context);
    for (std::size_t at = level.end;;) {
        const std::size_t before = class_before(step, level.begin, at);
        level.held[at - level.begin] = run.held(before);
        if (at == level.begin) return;
        run.read(before);
        --at;
        if (table_.reads_bytes(step)) continue;
        while (at > level.begin && base::is_continuation(text_[at])) --at;
    }
}

// Goes from match to match as the engine of the `tokenizers` package does: an empty match right
// after another match does not count, and the search continues one character further on.
std::size_t Splitter::piece_end_in_context(std::size_t step, bool& is_match) {
    Level& level = levels_[step];
    std::size_t at = level.pos;
    while (at < level.end) {
        const Found found = match_in_context(step, at);
        if (found.any && found.end > at) {
            level.last_match_end = found.end;
            is_match = at == level.pos;
            if (is_match) return found.end;
            level.match_end = found.end;
            return at;
        }
        if (found.any && at != level.last_match_end) {
            level.last_match_end = at;
            is_match = false;
            if (at != level.pos) return at;
        }
        std::uint32_t c = 0;
        at += read(step, at, level.end, c);
    }
    is_match = false;
    return at;
}

Splitter::Found Splitter::match_in_context(std::size_t step, std::size_t begin) {
    Level& level = levels_[step];
    const SplitContext& context = *table_.context(step);
    Found found{false, begin};
    std::size_t at = begin;
    std::uint32_t state = context.start(class_before(step, level.begin, begin));
    while (true) {
        std::uint32_t next_class = table_.end_class();
        std::size_t length = 0;
        if (at < level.end) length = read(step, at, level.end, next_class);
        const std::uint8_t held = level.held.empty() ? 0 : level.held[at - level.begin];
        const std::uint16_t transition =
            table_.transition_in(step, state, context.column(next_class, held));
        if ((transition & kSplitMatch) != 0) {
            found = {true, at};
            marks_.clear();
        }
        state = transition & ~std::uint32_t{kSplitMatch};
        if (state == 0 || length == 0) break;
        const bool new_block = at / kMarkBytes != (at + length) / kMarkBytes;
        at += length;
        if (new_block && at - found.end > kMarkAfter && !leave_mark(level, at, state)) break;
    }
    remember_marks(level);
    return found;
}

}  // namespace quire::tokenizer
