// Conversations as clients send them, rendered as transformers renders them:
// scripts/goldens/chat/make_chat_request_goldens.py.
#include "formats/openai/conversation.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "formats/tokenizer/hf_json/hf_tokenizer.h"
#include "lib/tokenizer/encode/built_tokenizer.h"

using namespace quire;
namespace openai = quire::formats::openai;
using Json = nlohmann::ordered_json;

namespace {

const std::string kGoldens = std::string(QUIRE_SOURCE_DIR) + "/tests/golden/";

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE_MESSAGE(file.good(), path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The tokenizer of tests/golden/tiny-llama.
const tokenizer::Tokenizer& test_tokenizer() {
    static const tokenizer::BuiltTokenizer built(
        formats::read_hf_tokenizer(kGoldens + "tiny-llama").spec);
    return *built;
}

std::string rendered(const std::string& source, const std::string& conversation,
                     const std::string& tool_source = "") {
    const chat::ChatEncoder encoder({source, tool_source}, test_tokenizer());
    constexpr std::time_t kNow = 1709460245;  // as in the goldens
    return openai::render_conversation(openai::read_conversation(conversation), encoder, kNow).text;
}

// "CODE PARAM" of a refused conversation, or "error: ..." where the template refuses it.
std::string refusal(const std::string& source, const std::string& conversation) {
    try {
        return "none: " + rendered(source, conversation);
    } catch (const openai::Refusal& refused) {
        CHECK(!refused.message.empty());
        return refused.code + " " + refused.param;
    } catch (const Error& error) {
        return std::string("error: ") + error.what();
    }
}

std::string user_says(const std::string& more) {
    return R"({"messages":[{"role":"user","content":"hi"}],)" + more + "}";
}

const std::string kPlain = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}";
const std::string kTools = R"("tools":[{"type":"function","function":{"name":"f"}}])";

}  // namespace

TEST_CASE("conversation: a template sees what clients send as in transformers") {
    const Json golden = Json::parse(read(kGoldens + "chat/requests.json"));
    REQUIRE(golden["cases"].size() > 60);
    for (const Json& each : golden["cases"]) {
        CAPTURE(each["name"].get<std::string>());
        std::vector<std::string> sources;
        for (const Json& name : each["templates"]) {
            sources.push_back(
                read(kGoldens + "chat/requests/" + name.get<std::string>() + ".jinja"));
        }
        sources.emplace_back();
        const auto request = each["request"].get<std::string>();
        if (each.contains("out")) {
            CHECK(rendered(sources[0], request, sources[1]) == each["out"].get<std::string>());
        } else {
            CHECK(refusal(sources[0], request).ends_with(": " + each["error"].get<std::string>()));
        }
    }
}

TEST_CASE(
    "conversation: published templates, where scripts/verify/chat_templates.py made the cases") {
    const char* folder = std::getenv("QUIRE_CHAT_GOLDENS");
    if (folder == nullptr) return;
    const std::string path(folder);
    std::ofstream out(path + "/request_differences.jsonl");
    for (const Json& each : Json::parse(read(path + "/requests.json"))["cases"]) {
        const auto name = each["templates"][0].get<std::string>();
        const auto request = each["request"].get<std::string>();
        const std::string found = refusal(read(path + "/" + name), request);
        const bool same = each.contains("out") ? found == "none: " + each["out"].get<std::string>()
                                               : !found.starts_with("none: ");
        if (same) continue;
        out << Json{{"template", name}, {"case", each["name"]}, {"expected", each}, {"what", found}}
                   .dump(-1, ' ', false, Json::error_handler_t::replace)
            << "\n";
    }
    CHECK(out.good());
}

TEST_CASE("conversation: a field that would have no effect is refused by name") {
    CHECK(refusal(kPlain, user_says(kTools)) == "unsupported_parameter tools");
    CHECK(refusal("{{ tools }}" + kPlain, user_says(kTools)).starts_with("none: [{'type'"));
    CHECK(refusal("{% if tools and messages|length > 1 %}{{ tools }}{% endif %}" + kPlain,
                  user_says(kTools)) == "unsupported_parameter tools");
    CHECK(refusal("{% if not tools %}{{ raise_exception('no tools') }}{% endif %}" + kPlain,
                  user_says(kTools)) == "none: [user]hi");
    CHECK(refusal(kPlain, user_says(R"("reasoning_effort":"low")")) ==
          "unsupported_parameter reasoning_effort");
    CHECK(refusal(kPlain, user_says(R"("reasoning_effort":3)")) == "invalid_type reasoning_effort");
    CHECK(refusal(kPlain, user_says(R"("reasoning_effort":null)")) == "none: [user]hi");
    CHECK(refusal(kPlain, user_says(R"("chat_template_kwargs":{"enable_thinking":false})")) ==
          "unsupported_parameter chat_template_kwargs.enable_thinking");
    CHECK(refusal(kPlain, user_says(R"("nonsense":1)")) == "unknown_parameter nonsense");
    CHECK(refusal(kPlain, user_says(R"("temperature":1)")) == "unknown_parameter temperature");
    CHECK(refusal(kPlain, R"([{"role":"king","content":"x"}])") ==
          "invalid_value messages[0].role");
    CHECK(refusal(kPlain + "{# 'king' #}", R"([{"role":"king","content":"x"}])") ==
          "invalid_value messages[0].role");
    CHECK(refusal(kPlain + "{{ '' if 'king' else '' }}", R"([{"role":"king","content":"x"}])") ==
          "none: [king]x");
    CHECK(refusal(kPlain,
                  R"([{"role":"user","content":[{"type":"text","text":"x","lang":"de"}]}])") ==
          "unsupported_parameter messages[0].content[0].lang");
    CHECK(refusal(kPlain, R"([{"role":"assistant","content":"x","audio":{"id":"a"}}])") ==
          "unsupported_parameter messages[0].audio");
    CHECK(refusal(kPlain, R"([{"role":"assistant","function_call":{"name":"f"}}])") ==
          "unsupported_parameter messages[0].function_call");
    CHECK(refusal(kPlain, R"([{"role":"assistant","content":"x","refusal":"y"}])") ==
          "unsupported_parameter messages[0].refusal");
    CHECK(refusal(kPlain, R"([{"role":"user","content":null}])") ==
          "missing_required_parameter messages[0].content");
    CHECK(refusal(kPlain, R"([{"role":"assistant","content":null}])") == "none: [assistant]");
}

TEST_CASE("conversation: arguments that Python reads but no text can show are refused") {
    const auto with = [](const std::string& arguments) {
        return R"([{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":)" +
               Json(arguments).dump() + "}}]}]";
    };
    const std::string place = "invalid_value messages[0].tool_calls[0].function.arguments";
    CHECK(refusal(kPlain, with(R"({"a": "\ud800"})")) == place);
    CHECK(refusal(kPlain, with(R"({"a": ")" + std::string("\\ud800") + R"(x"})")) == place);
    CHECK(refusal(kPlain, with("{\"a\": " + std::string(5000, '1') + "}")) == place);
    CHECK(refusal(kPlain, with(std::string(100'000, '['))) == place);
    CHECK(
        refusal(
            kPlain,
            R"([{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":3}}]}])") ==
        "invalid_type messages[0].tool_calls[0].function.arguments");
}

TEST_CASE("conversation: errors are one line, whatever the names in it hold") {
    const openai::Refusal refused{400, "unknown_parameter", "a\x1b[2J\nb", "expected less"};
    CHECK(std::string(openai::error_of(refused, "f.json").what()) ==
          "f.json: a\\x1B[2J\\x0Ab: expected less");
}

TEST_CASE("conversation: a model with a template for tools only has none for other conversations") {
    const chat::ChatEncoder encoder({"", "{{ tools }}"}, test_tokenizer());
    const auto render = [&](const std::string& conversation) {
        return openai::render_conversation(openai::read_conversation(conversation), encoder, 0);
    };
    CHECK(render(user_says(kTools)).text.starts_with("[{"));
    CHECK_THROWS_AS(render(user_says(R"("tools":[])")), Error);
}
