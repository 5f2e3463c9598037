#include "lib/tokenizer/pattern/split_regex.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/base/error.h"
#include "lib/tokenizer/pattern/split_nodes.h"
#include "lib/tokenizer/pattern/split_table.h"

namespace quire::tokenizer {

namespace {

constexpr std::size_t kMaxInstructions = 4096;

enum class Direction : std::uint8_t { forward, backward };

// Emits the program from back to front: emit() returns the instruction at which to start so that a
// match of the node continues at `next`. A backward program reads the text from its end.
class Emitter {
  public:
    Emitter(const std::string& where, Direction direction) : where_(where), direction_(direction) {}

    SplitProgram finish(const SplitNode& node) {
        const std::uint32_t match = add({.kind = Kind::match});
        program_.start = emit(node, match);
        program_.can_be_empty = can_be_empty(node);
        if (direction_ == Direction::backward) read_anything_first();
        return std::move(program_);
    }

  private:
    using Kind = SplitInstruction::Kind;

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorCode::model, where_, "split pattern: " + what);
    }

    std::uint32_t add(const SplitInstruction& instruction) {
        if (program_.instructions.size() >= kMaxInstructions) fail("too large");
        program_.instructions.push_back(instruction);
        return static_cast<std::uint32_t>(program_.instructions.size() - 1);
    }

    std::uint32_t set_index(const unicode::CodePointSet& set) {
        const auto found = std::find(program_.sets.begin(), program_.sets.end(), set);
        if (found != program_.sets.end()) {
            return static_cast<std::uint32_t>(found - program_.sets.begin());
        }
        program_.sets.push_back(set);
        return static_cast<std::uint32_t>(program_.sets.size() - 1);
    }

    std::uint32_t fork(bool greedy, std::uint32_t again, std::uint32_t leave) {
        return add(
            {.kind = Kind::fork, .next = greedy ? again : leave, .other = greedy ? leave : again});
    }

    // In a backward program, the next code point read is the one before the place in the text.
    std::uint32_t neighbor(bool after, const unicode::CodePointSet& set, bool outside,
                           std::uint32_t next) {
        const bool is_next = after == (direction_ == Direction::forward);
        return add({.kind = is_next ? Kind::next_is : Kind::last_is,
                    .flag = outside,
                    .set = set_index(set),
                    .next = next});
    }

    // A condition may hold anywhere, so first read any amount of the text that follows the place.
    void read_anything_first() {
        const std::uint32_t any = set_index(unicode::CodePointSet().complement());
        const std::uint32_t loop = fork(true, program_.start, 0);
        program_.instructions[loop].other = add({.kind = Kind::consume, .set = any, .next = loop});
        program_.start = loop;
    }

    std::uint32_t emit(const SplitNode& node, std::uint32_t next) {
        switch (node.kind) {
            case SplitNode::Kind::set:
                return add({.kind = Kind::consume, .set = set_index(node.set), .next = next});
            case SplitNode::Kind::next_is:
                return neighbor(true, node.set, node.outside, next);
            case SplitNode::Kind::last_is:
                return neighbor(false, node.set, node.outside, next);
            case SplitNode::Kind::ahead:
                return emit_condition(node, next);
            case SplitNode::Kind::concat:
                return emit_concat(node, next);
            case SplitNode::Kind::alternate: {
                std::uint32_t entry = emit(node.children.back(), next);
                for (auto child = std::next(node.children.rbegin()); child != node.children.rend();
                     ++child) {
                    const std::uint32_t first = emit(*child, next);
                    entry = add({.kind = Kind::fork, .next = first, .other = entry});
                }
                return entry;
            }
            case SplitNode::Kind::repeat:
                return emit_repeat(node, next);
        }
        return next;
    }

    std::uint32_t emit_concat(const SplitNode& node, std::uint32_t next) {
        if (direction_ == Direction::backward) {
            for (const SplitNode& child : node.children) next = emit(child, next);
        } else {
            for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
                next = emit(*child, next);
            }
        }
        return next;
    }

    std::uint32_t emit_condition(const SplitNode& node, std::uint32_t next) {
        if (direction_ == Direction::backward) {
            fail("look-ahead over more than one character inside look-ahead is not supported");
        }
        if (program_.conditions.size() == kMaxSplitConditions) {
            fail("more than " + std::to_string(kMaxSplitConditions) +
                 " look-aheads over more than one character are not supported");
        }
        const auto index = static_cast<std::uint32_t>(program_.conditions.size());
        program_.conditions.push_back(
            Emitter(where_, Direction::backward).finish(node.children.front()));
        return add({.kind = Kind::condition, .flag = node.negative, .set = index, .next = next});
    }

    std::uint32_t emit_repeat(const SplitNode& node, std::uint32_t next) {
        const SplitNode& item = node.children.front();
        if (node.possessive && direction_ == Direction::backward) {
            fail("possessive repetition inside look-ahead is not supported");
        }
        std::uint32_t entry = next;
        // A possessive repetition may stop early only where nothing more can be taken.
        const std::uint32_t leave =
            node.possessive ? neighbor(true, item.set.complement(), true, next) : next;
        if (node.max == kUnbounded) {
            const std::uint32_t loop = fork(node.greedy, 0, leave);
            const std::uint32_t body = emit(item, loop);
            SplitInstruction& instruction = program_.instructions[loop];
            (node.greedy ? instruction.next : instruction.other) = body;
            entry = loop;
        } else {
            for (std::uint32_t i = node.min; i < node.max; ++i) {
                entry = fork(node.greedy, emit(item, entry), leave);
            }
        }
        for (std::uint32_t i = 0; i < node.min; ++i) entry = emit(item, entry);
        return entry;
    }

    const std::string& where_;
    Direction direction_;
    SplitProgram program_;
};

}  // namespace

SplitProgram parse_split_pattern(std::string_view pattern, const std::string& where) {
    return Emitter(where, Direction::forward).finish(parse_split_nodes(pattern, where));
}

}  // namespace quire::tokenizer
