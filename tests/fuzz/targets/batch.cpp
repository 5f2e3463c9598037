// A line of a batch: it is parsed, and a refusal becomes a line of JSON that a later run reads back.

#include "formats/openai/request.h"
#include "formats/openai/response.h"
#include "lib/base/json/json.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace openai = formats::openai;

void run_batch(std::string_view input) {
    const openai::Line line = openai::parse_line(input);
    const openai::Subject subject{line.custom_id, 0x0123456789ABCDEF, 7, 3};
    if (!std::holds_alternative<openai::Refusal>(line.content)) {
        // What a later run compares must be the same after it is read back.
        expect(openai::parse_line(input).canonical == line.canonical, "another canonical form");
        openai::Answer answer;
        answer.endpoint = std::get<openai::Request>(line.content).endpoint;
        answer.choices.push_back({std::string(input), "stop", std::nullopt, false});
        const std::string out = openai::answer_line(subject, answer);
        expect(openai::read_output_line(out).has_value(), "an answer that cannot be read back");
        return;
    }
    const auto& refusal = std::get<openai::Refusal>(line.content);
    const std::string out = openai::refusal_line(subject, refusal);
    expect(out.ends_with('\n') && out.find('\n') + 1 == out.size(), "not one line");
    const auto json = nlohmann::json::parse(out, nullptr, false);
    expect(!json.is_discarded(), "a refusal that is no JSON");
    const auto back = openai::read_output_line(out);
    expect(back.has_value() && back->failed, "a refusal that cannot be read back");
    expect(back->request_hash == subject.request_hash, "another hash");
}

}  // namespace quire::fuzz
