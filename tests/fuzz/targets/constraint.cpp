// Constraints: the first byte says which kind the rest is. A compiled one is followed for some bytes, with
// fast and slow masks that must agree, and its shortest ending must complete the text.
#include <memory>
#include <stdexcept>
#include <string>

#include "lib/generate/constraints/constraints.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

std::shared_ptr<const constraints::Vocabulary> vocabulary() {
    static const auto made = [] {
        std::vector<std::string> texts;
        for (int byte = 0; byte < 256; ++byte) texts.emplace_back(1, static_cast<char>(byte));
        for (const char* text : {"{\"", "\":", "\",\"", "\"}", "]}", "true", "12", "ab", "\\u00"}) {
            texts.emplace_back(text);
        }
        return std::make_shared<const constraints::Vocabulary>(std::move(texts),
                                                               std::vector<std::uint32_t>{});
    }();
    return made;
}

std::shared_ptr<constraints::Constraint> compile(std::string_view input) {
    const std::string_view text = input.substr(1);
    switch (input.front()) {
        case 'g':
            return constraints::of_grammar(text);
        case 'r':
            return constraints::of_regex(text);
        default:
            return constraints::of_json_schema(text);
    }
}

void follow(const std::shared_ptr<constraints::Constraint>& constraint) {
    constraints::ConstraintRun run(constraint, vocabulary());
    constraints::Bits bits;
    for (int step = 0; step < 12; ++step) {
        run.allowed(bits);
        expect(bits == run.allowed_slowly(), "masks that differ");
        const auto ending = run.ending(200);
        if (!ending || ending->empty()) return;
        constraints::ConstraintRun ended = run;
        expect(ended.push_bytes(*ending) && ended.may_end(), "an ending that does not end");
        // Another byte than the shortest way, where there is one.
        std::uint32_t byte = static_cast<std::uint8_t>(ending->front());
        for (std::uint32_t other = 0; other < 256; ++other) {
            if (other != byte && constraints::has_bit(bits, other)) byte = other;
        }
        expect(run.push(byte), "an allowed byte that is refused");
    }
}

}  // namespace

void run_constraint(std::string_view input) {
    if (input.empty()) return;
    std::shared_ptr<constraints::Constraint> constraint;
    try {
        constraint = compile(input);
    } catch (const std::runtime_error&) {
        return;
    }
    follow(constraint);
}

}  // namespace quire::fuzz
