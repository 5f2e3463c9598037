#include "lib/tokenizer/pattern/split_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "lib/base/byte_writer.h"
#include "lib/base/error.h"
#include "lib/tokenizer/pattern/split_automaton.h"
#include "lib/tokenizer/pattern/split_regex.h"
#include "lib/tokenizer/pattern/word_scan.h"
#include "lib/tokenizer/spec/byte_level.h"

namespace quire::tokenizer {

namespace {

// The bytes whose stand-ins are in the set; each byte is given as the code point of the same value.
unicode::CodePointSet bytes_of(const unicode::CodePointSet& set) {
    unicode::CodePointSet bytes;
    for (char32_t byte = 0; byte < 256; ++byte) {
        if (set.contains(stand_in_of(static_cast<unsigned char>(byte)))) {
            bytes.add({byte, byte + 1});
        }
    }
    return bytes;
}

void add_sets(std::vector<const unicode::CodePointSet*>& sets,
              std::span<const SplitProgram> programs) {
    for (const SplitProgram& program : programs) {
        for (const unicode::CodePointSet& set : program.sets) sets.push_back(&set);
        add_sets(sets, program.conditions);
    }
}

SplitClasses partition(std::span<const SplitProgram> programs, const std::string& where) {
    std::vector<const unicode::CodePointSet*> sets;
    add_sets(sets, programs);
    std::vector<char32_t> borders{0};
    for (const unicode::CodePointSet* set : sets) {
        for (const unicode::CodePointRange& range : set->ranges()) {
            borders.push_back(range.begin);
            borders.push_back(range.end);
        }
    }
    std::sort(borders.begin(), borders.end());
    borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
    if (borders.back() == unicode::kCodePointEnd) borders.pop_back();

    SplitClasses classes;
    classes.class_of.resize(unicode::kCodePointEnd);
    std::map<std::vector<bool>, std::uint8_t> known;
    for (std::size_t i = 0; i < borders.size(); ++i) {
        std::vector<bool> membership;
        membership.reserve(sets.size());
        for (const unicode::CodePointSet* set : sets)
            membership.push_back(set->contains(borders[i]));
        const auto [found, is_new] =
            known.try_emplace(membership, static_cast<std::uint8_t>(classes.member.size()));
        if (is_new) {
            if (classes.member.size() == kMaxSplitClasses) {
                throw Error(ErrorCode::model, where, "split pattern: too many character classes");
            }
            classes.member.push_back(borders[i]);
        }
        const char32_t end = i + 1 < borders.size() ? borders[i + 1] : unicode::kCodePointEnd;
        std::fill(classes.class_of.begin() + static_cast<std::ptrdiff_t>(borders[i]),
                  classes.class_of.begin() + static_cast<std::ptrdiff_t>(end), found->second);
    }
    return classes;
}

// What a step's automaton needs to know besides the next code point.
struct Context {
    std::vector<std::uint16_t> start_of;
    std::vector<SplitCondition> conditions;
};

// Nothing for a step that needs only the next code point.
std::optional<Context> context_of(const SplitProgram& program, const SplitAutomaton& automaton,
                                  const SplitClasses& classes, const std::string& where) {
    const bool one_start = std::all_of(automaton.start_of.begin(), automaton.start_of.end(),
                                       [](std::uint16_t start) { return start == 1; });
    if (one_start && program.conditions.empty() && !program.can_be_empty) return std::nullopt;
    Context context{automaton.start_of, {}};
    for (const SplitProgram& condition : program.conditions) {
        context.conditions.push_back(build_split_condition(condition, classes, where));
    }
    return context;
}

void put_context(base::ByteWriter& out, const Context& context) {
    for (const std::uint16_t state : context.start_of) out.put(state);
    out.put(static_cast<std::uint32_t>(context.conditions.size()));
    for (const SplitCondition& condition : context.conditions) {
        out.put(static_cast<std::uint32_t>(condition.n_states));
        for (const std::uint16_t state : condition.next) out.put(state);
        for (const std::uint8_t holds : condition.holds) out.put(holds);
    }
}

void read_bytes_instead(SplitProgram& program) {
    for (unicode::CodePointSet& set : program.sets) set = bytes_of(set);
    for (SplitProgram& condition : program.conditions) read_bytes_instead(condition);
}

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
        read_bytes_instead(programs.back());
    }
    const SplitClasses classes = partition(programs, where);

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

    std::vector<SplitAutomaton> steps;
    std::vector<std::optional<Context>> contexts;
    for (const SplitProgram& program : programs) {
        steps.push_back(build_split_automaton(program, classes, where));
        contexts.push_back(context_of(program, steps.back(), classes, where));
    }

    base::ByteWriter out;
    out.put(static_cast<std::uint32_t>(steps.size()));
    out.put(static_cast<std::uint32_t>(classes.size()));
    out.put(static_cast<std::uint32_t>(blocks.size()));
    out.put(flags);
    for (std::size_t step = 0; step < steps.size(); ++step) {
        out.put(static_cast<std::uint32_t>(steps[step].n_states) |
                (contexts[step] ? kSplitContext : 0U));
    }
    for (const std::uint16_t block : block_of) out.put(block);
    for (const Block& block : blocks) {
        for (const std::uint8_t c : block) out.put(c);
    }
    for (const std::optional<Context>& context : contexts) {
        if (context) put_context(out, *context);
    }
    for (const SplitAutomaton& step : steps) {
        for (const std::uint16_t transition : step.transitions) out.put(transition);
    }
    return std::move(out).take();
}

}  // namespace quire::tokenizer
