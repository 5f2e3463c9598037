// The goldens come from jinja2 as transformers configures it:
// scripts/goldens/chat/make_chat_template_goldens.py.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

#include "lib/base/quoted.h"
#include "support.h"

namespace quire::test {
namespace {

using Json = nlohmann::ordered_json;

chat::ChatInput input_of(const Json& golden) {
    chat::ChatInput input;
    input.bos_token = golden["tokens"]["bos_token"];
    input.eos_token = golden["tokens"]["eos_token"];
    input.pad_token = golden["tokens"]["pad_token"];
    input.unk_token = golden["tokens"]["unk_token"];
    input.time = golden["now"];
    return input;
}

// Describes how the result or failure differs from the expected one; empty if it does not.
std::string difference(const Json& expected, std::string_view source,
                       const chat::ChatInput& input) {
    const Failed failed = failure_of(source, input);
    if (expected.contains("out")) {
        if (failed.message != "none") return failed.message;
        const std::string found = render(source, input);
        return found == expected["out"].get<std::string>() ? "" : "found: " + found;
    }
    if (failed.message == "none") return "no error, but: " + render(source, input);
    if (!expected.contains("message")) return "";
    // Raised by the template itself, with its own message.
    const std::string shown = base::printable(expected["message"].get<std::string>(), 300);
    const bool same = failed.code == ErrorCode::input && failed.message.ends_with(": " + shown);
    return same ? "" : "another error: " + failed.message;
}

void check(const Json& expected, std::string_view source, const chat::ChatInput& input) {
    CHECK(difference(expected, source, input) == "");
}

}  // namespace

TEST_CASE("small templates give the results of jinja2, and fail where it fails") {
    const Json golden = read_json("expressions.json");
    chat::ChatInput input = input_of(golden);
    input.messages = golden["messages"];
    input.extra = golden["variables"];
    REQUIRE(golden["cases"].size() > 300);
    for (const Json& each : golden["cases"]) {
        const std::string source = each["template"];
        CAPTURE(source);
        check(each, source, input);
    }
}

// One line of JSON for each template and conversation whose result differs from the golden.
std::vector<std::string> differences_of(const std::string& folder) {
    const Json golden = Json::parse(read_file(folder + "/conversations.json"));
    const Json& conversations = golden["conversations"];
    REQUIRE(!golden["results"].empty());
    std::vector<std::string> differences;
    for (const auto& entry : golden["results"].items()) {
        const Json& results = entry.value();
        const std::string source = read_file(folder + "/" + entry.key());
        REQUIRE(results.size() == conversations.size() * golden["settings"].size());
        for (std::size_t i = 0; i < results.size(); ++i) {
            const Json& setting = golden["settings"][i / conversations.size()];
            chat::ChatInput input = input_of(golden);
            input.messages = conversations[i % conversations.size()];
            if (setting.contains("tools")) input.tools = setting["tools"];
            if (setting.contains("extra")) input.extra = setting["extra"];
            input.add_generation_prompt = setting.value("add_generation_prompt", false);
            const std::string what = difference(results[i], source, input);
            if (what.empty()) continue;
            differences.push_back(Json{
                {"template", entry.key()},
                {"case", i},
                {"expected", results[i]},
                {"what", what}}.dump(-1, ' ', false, Json::error_handler_t::replace));
        }
    }
    return differences;
}

TEST_CASE("whole templates give the results of jinja2 for all conversations") {
    for (const std::string& each : differences_of(golden_path(""))) FAIL_CHECK(each);
}

TEST_CASE(
    "so do the templates of published models, if scripts/verify/chat_templates.py provides them") {
    // Their licenses keep them out of this repository. The script reads these lines and judges
    // them.
    const char* folder = std::getenv("QUIRE_CHAT_GOLDENS");
    if (folder == nullptr) return;
    std::ofstream out(std::string(folder) + "/differences.jsonl");
    for (const std::string& each : differences_of(folder)) out << each << "\n";
    CHECK(out.good());
}

}  // namespace quire::test
