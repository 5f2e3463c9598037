// The goldens come from jinja2 as transformers sets it up:
// scripts/goldens/make_chat_template_goldens.py.
#include <doctest/doctest.h>

#include <cstdlib>

#include "support.h"

namespace quire::test {
namespace {

using Json = nlohmann::ordered_json;

text::ChatInput input_of(const Json& golden) {
    text::ChatInput input;
    input.bos_token = golden["tokens"]["bos_token"];
    input.eos_token = golden["tokens"]["eos_token"];
    input.pad_token = golden["tokens"]["pad_token"];
    input.unk_token = golden["tokens"]["unk_token"];
    input.time = golden["now"];
    return input;
}

void check(const Json& expected, std::string_view source, const text::ChatInput& input) {
    if (expected.contains("out")) {
        const Failed failed = failure_of(source, input);
        REQUIRE_MESSAGE(failed.message == "none", failed.message);
        CHECK(render(source, input) == expected["out"].get<std::string>());
        return;
    }
    const Failed failed = failure_of(source, input);
    CHECK(failed.message != "none");
    if (expected.contains("message")) {
        // Raised by the template itself, in words of its own.
        CHECK(failed.code == ErrorCode::input);
        CHECK(failed.message.ends_with(": " + expected["message"].get<std::string>()));
    }
}

}  // namespace

TEST_CASE("small templates give what jinja2 gives, and fail where it fails") {
    const Json golden = read_json("expressions.json");
    text::ChatInput input = input_of(golden);
    input.messages = golden["messages"];
    input.extra = golden["variables"];
    REQUIRE(golden["cases"].size() > 300);
    for (const Json& each : golden["cases"]) {
        const std::string source = each["template"];
        CAPTURE(source);
        check(each, source, input);
    }
}

void check_whole_templates(const std::string& folder) {
    const Json golden = Json::parse(read_file(folder + "/conversations.json"));
    const Json& conversations = golden["conversations"];
    REQUIRE(!golden["results"].empty());
    for (const auto& entry : golden["results"].items()) {
        const std::string& name = entry.key();
        const Json& results = entry.value();
        const std::string source = read_file(folder + "/" + name);
        REQUIRE(results.size() == conversations.size() * golden["settings"].size());
        for (std::size_t i = 0; i < results.size(); ++i) {
            const Json& setting = golden["settings"][i / conversations.size()];
            text::ChatInput input = input_of(golden);
            input.messages = conversations[i % conversations.size()];
            if (setting.contains("tools")) input.tools = setting["tools"];
            if (setting.contains("extra")) input.extra = setting["extra"];
            input.add_generation_prompt = setting.value("add_generation_prompt", false);
            CAPTURE(name);
            CAPTURE(i);
            check(results[i], source, input);
        }
    }
}

TEST_CASE("whole templates give what jinja2 gives over all conversations") {
    check_whole_templates(golden_path(""));
}

TEST_CASE("so do the templates of published models, where scripts/check_chat_templates made them") {
    // Their licences keep them out of this repository.
    const char* folder = std::getenv("QUIRE_CHAT_GOLDENS");
    if (folder != nullptr) check_whole_templates(folder);
}

}  // namespace quire::test
