#include "lib/tokenizer/pattern/splitter.h"

#include <algorithm>

#include "lib/base/error.h"
#include "lib/base/utf8.h"

namespace quire::tokenizer {

SplitTable::SplitTable(base::Bytes bytes, const std::string& where) {
    base::ByteReader reader(bytes, where);
    const auto read = [&](const char* what, std::uint32_t low, std::uint32_t high) {
        const auto value = reader.read<std::uint32_t>(what);
        if (value < low || value > high) {
            reader.fail(std::string(what) + ": expected " + std::to_string(low) + " to " +
                        std::to_string(high) + ", found " + std::to_string(value));
        }
        return value;
    };
    n_steps_ = read("number of steps", 0, kMaxSplitSteps);
    n_classes_ = read("number of classes", 1, kMaxSplitClasses);
    const std::uint32_t n_blocks = read("number of blocks", 1, kSplitBlocks);
    const auto flags = reader.read<std::uint32_t>("flags");
    dropped_ = flags & 0xFFFF;
    of_bytes_ = flags >> 24;
    if ((flags >> 16 & 0xFF) >= kWordScans) reader.fail("unknown word scan");
    word_scan_ = static_cast<WordScan>(flags >> 16 & 0xFF);
    if (of_bytes_ != 0 && word_scan_ != WordScan::none)
        reader.fail("a word scan with a step that reads bytes");
    std::array<std::uint32_t, kMaxSplitSteps> n_states{};
    std::array<bool, kMaxSplitSteps> has_context{};
    for (std::size_t step = 0; step < n_steps_; ++step) {
        const auto value = reader.read<std::uint32_t>("number of states");
        n_states[step] = value & ~kSplitContext;
        has_context[step] = (value & kSplitContext) != 0;
        if (n_states[step] < 2 || n_states[step] > kMaxSplitStates) {
            reader.fail("number of states: expected 2 to " + std::to_string(kMaxSplitStates) +
                        ", found " + std::to_string(n_states[step]));
        }
        if (has_context[step] && word_scan_ != WordScan::none) {
            reader.fail("a word scan with a step that has a context");
        }
    }

    block_of_ = {reader, kSplitBlocks, "blocks"};
    for (std::size_t i = 0; i < block_of_.size(); ++i) {
        if (block_of_[i] >= n_blocks) reader.fail("block out of range");
    }
    class_of_ = {reader, n_blocks * std::uint64_t{256}, "classes"};
    for (std::size_t i = 0; i < class_of_.size(); ++i) {
        if (class_of_[i] >= n_classes_) reader.fail("class out of range");
    }
    for (std::size_t c = 0; c < ascii_.size(); ++c) {
        ascii_[c] = static_cast<std::uint8_t>(class_of(static_cast<char32_t>(c)));
    }
    for (std::size_t step = 0; step < n_steps_; ++step) {
        if (has_context[step]) contexts_[step].emplace(reader, n_classes_, n_states[step]);
    }
    for (std::size_t step = 0; step < n_steps_; ++step)
        read_transitions(reader, step, n_states[step]);
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
    runs_ = find_runs(*this);
}

void SplitTable::read_transitions(base::ByteReader& reader, std::size_t step,
                                  std::uint32_t n_states) {
    const std::size_t n_columns =
        contexts_[step] ? contexts_[step]->n_columns() : std::size_t{n_classes_} + 1;
    steps_[step] = {reader, std::uint64_t{n_states} * n_columns, "transitions"};
    for (std::size_t i = 0; i < steps_[step].size(); ++i) {
        if ((steps_[step][i] & ~kSplitMatch) >= n_states) reader.fail("transition out of range");
    }
}

std::optional<std::uint32_t> SplitTable::class_of_others(char32_t except) const {
    const std::uint32_t expected = class_of(0x10FFFF);
    std::vector<bool> seen(kSplitBlocks);  // blocks found to hold only the expected class
    for (char32_t block = 0; block < kSplitBlocks; ++block) {
        const char32_t begin = block << 8;
        const bool whole = block != 0 && block != except >> 8;
        if (whole && seen[block_of_[block]]) continue;
        for (char32_t c = begin; c < begin + 256; ++c) {
            if (c >= 0x80 && c != except && class_of(c) != expected) return std::nullopt;
        }
        if (whole) seen[block_of_[block]] = true;
    }
    return expected;
}

Splitter::Splitter(const SplitTable& table, std::string_view section)
    : table_(table), text_(section) {
    levels_[0].end = section.size();
    enter_piece(0);
}

bool Splitter::next(std::string_view& word) {
    if (table_.runs().usable) return next_run(word);
    // Take the last step that has text left, cut a piece off it, and hand the piece to the next
    // step.
    std::size_t step = table_.n_steps();
    while (true) {
        while (levels_[step].pos == levels_[step].end) {
            if (step == 0) return false;
            --step;
        }
        if (step == table_.n_steps()) break;
        Level& next = levels_[step + 1];
        bool is_match = false;
        next.pos = levels_[step].pos;
        next.end = piece_end(step, is_match);
        next.match_end = 0;
        if (!next.dead_ends.empty()) next.dead_ends.clear();
        levels_[step].pos = next.end;
        if (table_.keeps(step, is_match)) {
            ++step;
            enter_piece(step);
        } else {
            next.pos = next.end;
        }
    }
    Level& last = levels_[step];
    word = text_.substr(last.pos, last.end - last.pos);
    last.pos = last.end;
    return true;
}

bool Splitter::next_run(std::string_view& word) {
    const SplitRuns& runs = table_.runs();
    const std::size_t end = levels_[0].end;
    std::size_t& at = levels_[0].pos;
    std::size_t length = 0;
    const auto group_at = [&](std::size_t place) {
        const auto byte = static_cast<unsigned char>(text_[place]);
        length = 1;
        if (byte < 0x80) return runs.group_of_ascii[byte];
        const base::CodePoint c = base::decode_utf8(text_.substr(place, end - place));
        length = static_cast<std::size_t>(c.length);
        return runs.group_of_class[table_.class_of(c.value)];
    };
    while (at < end) {
        const std::size_t begin = at;
        const std::uint8_t group = group_at(at);
        at += length;
        if ((group & SplitRuns::kSingle) == 0) {
            while (at < end && group_at(at) == group) at += length;
        }
        if ((group & SplitRuns::kDropped) != 0) continue;
        word = text_.substr(begin, at - begin);
        return true;
    }
    return false;
}

void Splitter::skip_to(std::size_t place) {
    for (std::size_t step = table_.n_steps();; --step) {
        Level& level = levels_[step];
        const std::size_t at = std::min(std::max(place, level.pos), level.end);
        if (at != level.pos) level.match_end = 0;
        level.pos = at;
        if (at < level.end || step == 0) return;
    }
}

// Returns the end of the piece at the step's position: the end of a match, or of the gap before
// one.
std::size_t Splitter::piece_end(std::size_t step, bool& is_match) {
    Level& level = levels_[step];
    is_match = true;
    if (level.match_end != 0) {
        const std::size_t end = level.match_end;
        level.match_end = 0;
        return end;
    }
    if (table_.context(step) != nullptr) return piece_end_in_context(step, is_match);
    std::size_t at = level.pos;
    while (at < level.end) {
        // Fast path: most characters of gaps cannot begin a match.
        const auto byte = static_cast<unsigned char>(text_[at]);
        if (byte < 0x80 && table_.transition(step, 1, table_.class_of_ascii(byte)) == 0) {
            ++at;
            continue;
        }
        const std::size_t end = match(step, at);
        if (end != at) {
            if (at == level.pos) return end;
            level.match_end = end;
            is_match = false;
            return at;
        }
        std::uint32_t c = 0;
        at += read(step, at, level.end, c);
    }
    is_match = false;
    return at;
}

// Returns the end of the match that begins at `begin`, or `begin` if there is none.
std::size_t Splitter::match(std::size_t step, std::size_t begin) {
    Level& level = levels_[step];
    const std::size_t end = level.end;
    std::size_t found = begin;
    std::size_t at = begin;
    std::uint32_t state = 1;
    while (true) {
        std::uint32_t next_class = table_.end_class();
        std::size_t length = 0;
        if (at < end) length = read(step, at, end, next_class);
        const std::uint16_t transition = table_.transition(step, state, next_class);
        if ((transition & kSplitMatch) != 0) {
            found = at;
            marks_.clear();
        }
        state = transition & ~std::uint32_t{kSplitMatch};
        if (state == 0 || length == 0) break;
        const bool new_block = at / kMarkBytes != (at + length) / kMarkBytes;
        at += length;
        if (new_block && at - found > kMarkAfter && !leave_mark(level, at, state)) break;
    }
    remember_marks(level);
    return found;
}

// False if an earlier run was here in the same state and found no further match.
bool Splitter::leave_mark(const Level& level, std::size_t at, std::uint32_t state) {
    const std::uint64_t mark = (std::uint64_t{at} << 15) | state;
    if (level.dead_ends.contains(mark)) return false;
    marks_.push_back(mark);
    return true;
}

void Splitter::remember_marks(Level& level) {
    if (!marks_.empty()) level.dead_ends.insert(marks_.begin(), marks_.end());
    marks_.clear();
}

}  // namespace quire::tokenizer
