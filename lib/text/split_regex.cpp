#include "lib/text/split_regex.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "lib/base/error.h"
#include "lib/text/split_nodes.h"

namespace quire::text {

namespace {

constexpr std::size_t kMaxInstructions = 4096;

// Writes the program from the back: emit() returns where to enter so that matching the node leads
// on to `next`.
class Emitter {
  public:
    explicit Emitter(const std::string& where) : where_(where) {}

    SplitProgram finish(const SplitNode& node) {
        const std::uint32_t match = add({.kind = SplitInstruction::Kind::match});
        program_.start = emit(node, match);
        return std::move(program_);
    }

  private:
    using Kind = SplitInstruction::Kind;

    std::uint32_t add(const SplitInstruction& instruction) {
        if (program_.instructions.size() >= kMaxInstructions) {
            throw Error(ErrorCode::model, where_, "split pattern: too large");
        }
        program_.instructions.push_back(instruction);
        return static_cast<std::uint32_t>(program_.instructions.size() - 1);
    }

    std::uint32_t set_index(const CodePointSet& set) {
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

    std::uint32_t look(const CodePointSet& set, bool at_end, std::uint32_t next) {
        return add({.kind = Kind::look, .at_end = at_end, .set = set_index(set), .next = next});
    }

    std::uint32_t emit(const SplitNode& node, std::uint32_t next) {
        switch (node.kind) {
            case SplitNode::Kind::set:
                return add({.kind = Kind::consume, .set = set_index(node.set), .next = next});
            case SplitNode::Kind::look:
                return look(node.set, node.at_end, next);
            case SplitNode::Kind::concat:
                for (auto child = node.children.rbegin(); child != node.children.rend(); ++child) {
                    next = emit(*child, next);
                }
                return next;
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

    std::uint32_t emit_repeat(const SplitNode& node, std::uint32_t next) {
        const SplitNode& item = node.children.front();
        std::uint32_t entry = next;
        // Whoever gives nothing back leaves early only where nothing more is to be taken.
        const std::uint32_t leave =
            node.possessive ? look(item.set.complement(), true, next) : next;
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
    SplitProgram program_;
};

}  // namespace

SplitProgram parse_split_pattern(std::string_view pattern, const std::string& where) {
    return Emitter(where).finish(parse_split_nodes(pattern, where));
}

}  // namespace quire::text
