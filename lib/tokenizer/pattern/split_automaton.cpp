#include "lib/tokenizer/pattern/split_automaton.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/base/error.h"
#include "lib/tokenizer/pattern/split_table.h"

namespace quire::tokenizer {

namespace {

// Limits that no sensible pattern reaches. Without them, a pattern of a few hundred bytes could
// take minutes and gigabytes.
constexpr std::size_t kMaxBuiltStates = 4096;
constexpr std::size_t kMaxEntries = std::size_t{1} << 21;  // of all states together
constexpr std::size_t kMaxVisits = 100'000'000;
constexpr std::size_t kMaxTransitions = std::size_t{1} << 21;

using List = std::vector<std::uint32_t>;
using Operation = SplitInstruction::Kind;

// Subset construction with priorities. A state is the kind of the code point read last, and the
// ordered list of instructions that the threads of a backtracking search would be at before the
// next code point is known. Once it is known, its assertions can be decided, and a thread that
// matches ends all threads of lower priority.
class Determinizer {
  public:
    Determinizer(const SplitProgram& program, const SplitClasses& classes, const std::string& where)
        : program_(program), classes_(classes), where_(where) {
        find_kinds();
        seen_.resize(program.instructions.size());
    }

    SplitAutomaton automaton() {
        begin();
        SplitAutomaton result;
        for (const std::uint8_t kind : kind_of_) result.start_of.push_back(start(kind));
        const std::size_t n_columns = (classes_.size() + 1) << program_.conditions.size();
        for (std::size_t state = 0; state < states_.size(); ++state) {
            if (result.transitions.size() > kMaxTransitions) too_large();
            for (std::size_t column = 0; column < n_columns; ++column) {
                const std::size_t c = column % (classes_.size() + 1);
                const bool matched = step(state, c, column / (classes_.size() + 1));
                result.transitions.push_back(
                    static_cast<std::uint16_t>(next_state(c) | (matched ? kSplitMatch : 0)));
            }
        }
        result.n_states = states_.size();
        return result;
    }

    SplitCondition condition() {
        finds_all_ = true;
        begin();
        SplitCondition result;
        for (std::size_t state = 0; state < states_.size(); ++state) {
            for (std::size_t c = 0; c <= classes_.size(); ++c) {
                result.holds.push_back(step(state, c, 0) ? 1 : 0);
                if (c < classes_.size()) result.next.push_back(next_state(c));
            }
        }
        result.n_states = states_.size();
        return result;
    }

  private:
    struct State {
        std::uint8_t kind = 0;  // of the code point read last
        List list;

        auto operator<=>(const State&) const = default;
    };

    // Groups code points by the answers to everything that the program asks about the code point
    // read last. Kind 0 means that there is none.
    void find_kinds() {
        std::map<std::vector<bool>, std::uint8_t> known;
        const auto kind = [&](std::size_t c) {
            std::vector<bool> answers;
            for (const SplitInstruction& instruction : program_.instructions) {
                if (instruction.kind == Operation::last_is)
                    answers.push_back(accepts(instruction, c));
            }
            return known.try_emplace(answers, static_cast<std::uint8_t>(known.size()))
                .first->second;
        };
        const std::uint8_t none = kind(classes_.size());
        for (std::size_t c = 0; c < classes_.size(); ++c) kind_of_.push_back(kind(c));
        kind_of_.push_back(none);
        for (std::size_t c = classes_.size() + 1; c-- > 0;) {
            example_.resize(std::max<std::size_t>(example_.size(), kind_of_[c] + std::size_t{1}));
            example_[kind_of_[c]] = c;
        }
    }

    bool accepts(const SplitInstruction& instruction, std::size_t c) const {
        if (c == classes_.size()) return instruction.flag;
        return program_.sets[instruction.set].contains(classes_.member[c]);
    }

    [[noreturn]] void too_large() const {
        throw Error(ErrorCode::model, where_, "split pattern: too many states");
    }

    // State 0 means that nothing can match any more; state 1 is the start of a text.
    void begin() {
        state_of({});
        start(0);
    }

    std::uint16_t start(std::uint8_t kind) { return state_of({kind, {program_.start}}); }

    std::uint16_t state_of(State state) {
        const auto [found, is_new] =
            index_.try_emplace(std::move(state), static_cast<std::uint16_t>(states_.size()));
        if (is_new) {
            n_entries_ += found->first.list.size();
            if (states_.size() == kMaxBuiltStates || n_entries_ > kMaxEntries) {
                too_large();
            }
            states_.push_back(&found->first);  // nodes of a map do not move
        }
        return found->second;
    }

    // Follows the threads of the state up to a code point of class c, and stores the instructions
    // that consume it. c == classes_.size() stands for the end of the text. True if there is a
    // match here.
    bool step(std::size_t state, std::size_t c, std::size_t conditions) {
        const State& from = *states_[state];
        stack_.assign(from.list.rbegin(), from.list.rend());
        targets_.clear();
        ++stamp_;
        bool matched = false;
        while (!stack_.empty()) {
            const std::uint32_t at = stack_.back();
            stack_.pop_back();
            if (std::exchange(seen_[at], stamp_) == stamp_) continue;
            if (++n_visits_ > kMaxVisits) {
                too_large();
            }
            const SplitInstruction& instruction = program_.instructions[at];
            switch (instruction.kind) {
                case Operation::consume:
                    if (accepts(instruction, c)) targets_.push_back(instruction.next);
                    break;
                case Operation::next_is:
                    if (accepts(instruction, c)) stack_.push_back(instruction.next);
                    break;
                case Operation::last_is:
                    if (accepts(instruction, example_[from.kind])) {
                        stack_.push_back(instruction.next);
                    }
                    break;
                case Operation::condition:
                    if (((conditions >> instruction.set & 1) != 0) != instruction.flag) {
                        stack_.push_back(instruction.next);
                    }
                    break;
                case Operation::fork:
                    stack_.push_back(instruction.other);
                    stack_.push_back(instruction.next);
                    break;
                case Operation::match:
                    matched = true;
                    if (!finds_all_) return true;
            }
        }
        return matched;
    }

    // The state that the last step() leads to.
    std::uint16_t next_state(std::size_t c) {
        // Drop repeated targets: only the first can matter, and equal states must compare equal.
        ++stamp_;
        State to;
        for (const std::uint32_t target : targets_) {
            if (std::exchange(seen_[target], stamp_) != stamp_) to.list.push_back(target);
        }
        if (!to.list.empty()) to.kind = kind_of_[c];
        return state_of(std::move(to));
    }

    const SplitProgram& program_;
    const SplitClasses& classes_;
    const std::string& where_;
    bool finds_all_ = false;  // a match does not end other threads
    // (n_classes + 1) kind of each class; last: of no code point.
    std::vector<std::uint8_t> kind_of_;
    std::vector<std::size_t> example_;  // one class of each kind
    std::map<State, std::uint16_t> index_;
    std::vector<const State*> states_;
    std::size_t n_entries_ = 0;
    std::size_t n_visits_ = 0;
    std::vector<std::size_t> seen_;  // the stamp of the last visit
    std::size_t stamp_ = 0;
    List stack_;
    List targets_;
};

}  // namespace

SplitAutomaton build_split_automaton(const SplitProgram& program, const SplitClasses& classes,
                                     const std::string& where) {
    return Determinizer(program, classes, where).automaton();
}

SplitCondition build_split_condition(const SplitProgram& program, const SplitClasses& classes,
                                     const std::string& where) {
    return Determinizer(program, classes, where).condition();
}

}  // namespace quire::tokenizer
