#include "lib/text/split_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include "lib/base/error.h"
#include "lib/text/byte_level.h"
#include "lib/text/byte_writer.h"
#include "lib/text/split_regex.h"
#include "lib/text/word_scan.h"

namespace quire::text {

namespace {

// More would mean that a pattern is no sensible word splitter.
constexpr std::size_t kMaxBuiltStates = 4096;

// The bytes that the code points of the set stand for, each as the code point of its value.
CodePointSet bytes_of(const CodePointSet& set) {
    CodePointSet bytes;
    for (char32_t byte = 0; byte < 256; ++byte) {
        if (set.contains(stand_in_of(static_cast<unsigned char>(byte)))) {
            bytes.add({byte, byte + 1});
        }
    }
    return bytes;
}

// Code points that belong to the same sets of all programs share a class.
struct Classes {
    std::vector<std::uint8_t> class_of;  // (0x110000)
    std::vector<char32_t> member;        // one code point of each class
};

Classes partition(std::span<const SplitProgram> programs, const std::string& where) {
    std::vector<const CodePointSet*> sets;
    std::vector<char32_t> borders{0};
    for (const SplitProgram& program : programs) {
        for (const CodePointSet& set : program.sets) {
            sets.push_back(&set);
            for (const CodePointRange& range : set.ranges()) {
                borders.push_back(range.begin);
                borders.push_back(range.end);
            }
        }
    }
    std::sort(borders.begin(), borders.end());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    if (borders.back() == kCodePointEnd) borders.pop_back();

    Classes classes;
    classes.class_of.resize(kCodePointEnd);
    std::map<std::vector<bool>, std::uint8_t> known;
    for (std::size_t i = 0; i < borders.size(); ++i) {
        std::vector<bool> membership;
        for (const CodePointSet* set : sets) membership.push_back(set->contains(borders[i]));
        const auto [found, is_new] =
            known.try_emplace(membership, static_cast<std::uint8_t>(classes.member.size()));
        if (is_new) {
            if (classes.member.size() == kMaxSplitClasses) {
                throw Error(ErrorCode::model, where, "split pattern: too many character classes");
            }
            classes.member.push_back(borders[i]);
        }
        const char32_t end = i + 1 < borders.size() ? borders[i + 1] : kCodePointEnd;
        std::fill(classes.class_of.begin() + static_cast<std::ptrdiff_t>(borders[i]),
                  classes.class_of.begin() + static_cast<std::ptrdiff_t>(end), found->second);
    }
    return classes;
}

// Subset construction with priorities. A state is the ordered list of instructions at which the
// threads of a backtracking search would stand before the next code point is known; knowing it
// resolves look-ahead, and a thread that matches ends all threads of lower priority.
class Determinizer {
  public:
    Determinizer(const SplitProgram& program, const Classes& classes, const std::string& where)
        : program_(program), classes_(classes), where_(where) {}

    // (n_states, n_classes + 1)
    std::vector<std::uint16_t> run() {
        state_of({});
        state_of({program_.start});
        std::vector<std::uint16_t> table;
        for (std::size_t state = 0; state < lists_.size(); ++state) {
            for (std::size_t c = 0; c <= classes_.member.size(); ++c) {
                // By value: state_of() may grow lists_.
                const List from = lists_[state];
                table.push_back(step(from, c));
            }
        }
        return table;
    }

  private:
    using List = std::vector<std::uint32_t>;
    using Kind = SplitInstruction::Kind;

    std::uint16_t state_of(List list) {
        const auto [found, is_new] =
            index_.try_emplace(list, static_cast<std::uint16_t>(lists_.size()));
        if (is_new) {
            if (lists_.size() == kMaxBuiltStates) {
                throw Error(ErrorCode::model, where_, "split pattern: too many states");
            }
            lists_.push_back(std::move(list));
        }
        return found->second;
    }

    std::uint16_t step(const List& from, std::size_t next_class) {
        const bool at_end = next_class == classes_.member.size();
        const auto accepts = [&](const SplitInstruction& instruction) {
            if (at_end) return instruction.at_end;
            return program_.sets[instruction.set].contains(classes_.member[next_class]);
        };
        std::vector<bool> seen(program_.instructions.size());
        List stack(from.rbegin(), from.rend());
        List to;
        bool matched = false;
        while (!stack.empty() && !matched) {
            const std::uint32_t at = stack.back();
            stack.pop_back();
            if (seen[at]) continue;
            seen[at] = true;
            const SplitInstruction& instruction = program_.instructions[at];
            switch (instruction.kind) {
                case Kind::consume:
                    if (accepts(instruction)) to.push_back(instruction.next);
                    break;
                case Kind::look:
                    if (accepts(instruction)) stack.push_back(instruction.next);
                    break;
                case Kind::fork:
                    stack.push_back(instruction.other);
                    stack.push_back(instruction.next);
                    break;
                case Kind::match:
                    matched = true;
                    break;
            }
        }
        // A target that repeats a better one adds nothing; without it equal states stay equal.
        List unique;
        for (const std::uint32_t target : to) {
            if (std::find(unique.begin(), unique.end(), target) == unique.end()) {
                unique.push_back(target);
            }
        }
        const std::uint16_t next = state_of(std::move(unique));
        return static_cast<std::uint16_t>(next | (matched ? kSplitMatch : 0));
    }

    const SplitProgram& program_;
    const Classes& classes_;
    const std::string& where_;
    std::vector<List> lists_;
    std::map<List, std::uint16_t> index_;
};

}  // namespace

std::vector<std::byte> build_split_table(std::span<const SplitStep> split,
                                         const std::string& where) {
    if (split.size() > kMaxSplitSteps) {
        throw Error(ErrorCode::model, where,
                    "expected at most " + std::to_string(kMaxSplitSteps) + " split steps, found " +
                        std::to_string(split.size()));
    }
    std::vector<SplitProgram> programs;
    std::uint32_t flags = static_cast<std::uint32_t>(word_scan_of(split)) << 16;
    for (std::size_t step = 0; step < split.size(); ++step) {
        programs.push_back(parse_split_pattern(split[step].pattern, where));
        if (split[step].drop_matches) flags |= 1U << (2 * step);
        if (split[step].drop_gaps) flags |= 2U << (2 * step);
        if (!split[step].of_bytes) continue;
        flags |= 1U << (24 + step);
        for (CodePointSet& set : programs.back().sets) set = bytes_of(set);
    }
    const Classes classes = partition(programs, where);

    using Block = std::array<std::uint8_t, 256>;
    std::vector<Block> blocks;
    std::map<Block, std::uint16_t> known;
    std::vector<std::uint16_t> block_of;
    for (std::size_t i = 0; i < kSplitBlocks; ++i) {
        Block block;
        std::memcpy(block.data(), classes.class_of.data() + i * 256, 256);
        const auto [found, is_new] =
            known.try_emplace(block, static_cast<std::uint16_t>(blocks.size()));
        if (is_new) blocks.push_back(block);
        block_of.push_back(found->second);
    }

    std::vector<std::vector<std::uint16_t>> steps;
    for (const SplitProgram& program : programs) {
        steps.push_back(Determinizer(program, classes, where).run());
    }

    ByteWriter out;
    out.put(static_cast<std::uint32_t>(steps.size()));
    out.put(static_cast<std::uint32_t>(classes.member.size()));
    out.put(static_cast<std::uint32_t>(blocks.size()));
    out.put(flags);
    for (const auto& table : steps) {
        out.put(static_cast<std::uint32_t>(table.size() / (classes.member.size() + 1)));
    }
    for (const std::uint16_t block : block_of) out.put(block);
    for (const Block& block : blocks) {
        for (const std::uint8_t c : block) out.put(c);
    }
    for (const auto& table : steps) {
        for (const std::uint16_t transition : table) out.put(transition);
    }
    return std::move(out).take();
}

}  // namespace quire::text
