#include <doctest/doctest.h>

#include "formats/openai/request.h"
#include "formats/openai/response.h"

using namespace quire;
using namespace quire::formats;
using openai::Json;

namespace {

std::string batch_line(const std::string& body, const std::string& url = "/v1/chat/completions") {
    return R"({"custom_id":"a","method":"POST","url":")" + url + R"(","body":)" + body + "}";
}

std::string chat_with(const std::string& fields) {
    return batch_line(R"({"model":"m","messages":[{"role":"user","content":"Hi"}],)" + fields +
                      "}");
}

openai::Request request_of(const std::string& text) {
    const openai::Line line = openai::parse_line(text);
    const auto* refusal = std::get_if<openai::Refusal>(&line.content);
    REQUIRE_MESSAGE(refusal == nullptr, refusal->param << ": " << refusal->message);
    return std::get<openai::Request>(line.content);
}

// "STATUS CODE PARAM" of a refused line.
std::string refusal_of(const std::string& text) {
    const openai::Line line = openai::parse_line(text);
    const auto* refusal = std::get_if<openai::Refusal>(&line.content);
    REQUIRE_MESSAGE(refusal != nullptr, text);
    CHECK(!refusal->message.empty());
    return std::to_string(refusal->status) + " " + refusal->code + " " + refusal->param;
}

}  // namespace

TEST_CASE("openai: a batch line with every field that has an effect") {
    const auto request = request_of(chat_with(
        R"("temperature":0.5,"top_p":0.9,"top_k":-1,"min_p":0.1,"seed":-1,"max_completion_tokens":7,
           "max_tokens":9,"n":2,"stop":["a","b"],"frequency_penalty":1,"presence_penalty":-1,
           "logit_bias":{"5":-100},"logprobs":true,"top_logprobs":3,"ignore_eos":true,
           "tools":[{"type":"function","function":{"name":"f"}}],"tool_choice":"auto",
           "response_format":{"type":"text"},"user":"u","metadata":{},"stream":false,
           "chat_template_kwargs":{"x":1})"));
    CHECK(request.sampling.temperature == 0.5F);
    CHECK(request.sampling.top_p == 0.9F);
    CHECK(request.sampling.top_k == 0U);
    CHECK(request.sampling.min_p == 0.1F);
    CHECK(request.sampling.seed == UINT64_MAX);
    CHECK(request.sampling.max_tokens == 7U);
    CHECK(request.sampling.n == 2);
    CHECK(request.sampling.stop == std::vector<std::string>{"a", "b"});
    CHECK(request.sampling.logit_bias.front() == std::pair<std::uint32_t, float>{5, -100.0F});
    CHECK(request.sampling.n_top == 3U);
    CHECK(request.sampling.ignore_eos);
    CHECK(request.tools.size() == 1);
    CHECK(request.template_variables == Json{{"x", 1}});
    CHECK(request_of(chat_with(R"("temperature":null,"stop":null,"stream":null)"))
              .sampling.stop.empty());
}

TEST_CASE("openai: messages as templates read them") {
    const auto request = request_of(batch_line(
        R"({"messages":[{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function",
             "function":{"name":"f","arguments":"{\"x\": 1}"}}]},
            {"role":"tool","tool_call_id":"1","content":"2"}]})"));
    CHECK(request.messages[0]["role"] == "developer");
    CHECK(request.messages[0]["content"][1] == Json{{"type", "text"}, {"text", "b"}});
    CHECK(request.messages[1]["tool_calls"][0]["function"]["arguments"] == Json{{"x", 1}});
    CHECK(!request.messages[1].contains("content"));
}

TEST_CASE("openai: prompts of completions, and lines that are just the body") {
    using Ids = std::vector<std::uint32_t>;
    auto request = request_of(R"({"prompt":"x"})");
    CHECK(request.endpoint == openai::Endpoint::completions);
    CHECK(request.sampling.max_tokens == 16U);
    CHECK(request_of(R"({"prompt":[1,2]})").prompts == std::vector<openai::Prompt>{Ids{1, 2}});
    request = request_of(R"({"prompt":["a",[3]],"echo":true,"logprobs":1,"max_tokens":0})");
    CHECK(request.prompts == std::vector<openai::Prompt>{"a", Ids{3}});
    CHECK(request.echo);
    const auto line =
        openai::parse_line(R"({"id":"n","messages":[{"role":"user","content":"x"}]})");
    CHECK(line.custom_id == "n");
    CHECK(std::get<openai::Request>(line.content).endpoint == openai::Endpoint::chat);
    CHECK(request_of(R"({"input":["a","b"],"encoding_format":"base64"})").base64);
}

TEST_CASE("openai: the same request is known by the same text, whatever the order of its keys") {
    const auto canonical = [](const std::string& text) {
        return openai::parse_line(text).canonical;
    };
    CHECK(canonical(R"({"prompt":"x","n":1})") == canonical(R"({ "n": 1, "prompt": "\u0078" })"));
    CHECK(canonical(R"({"prompt":"x","n":1})") != canonical(R"({"prompt":"x","n":2})"));
    CHECK(canonical(batch_line(R"({"prompt":"x"})", "/v1/completions")) ==
          canonical(R"({"prompt":"x"})"));
}

TEST_CASE("openai: lines that are not requests") {
    CHECK(refusal_of("garbage") == "0 invalid_json_line ");
    CHECK(refusal_of("{\"prompt\":\"a") == "0 invalid_json_line ");
    CHECK(refusal_of("[1]") == "0 invalid_json_line ");
    CHECK(refusal_of("{\"prompt\":\"\xff\"}") == "0 invalid_json_line ");
    CHECK(refusal_of(std::string(100000, '[')) == "0 invalid_json_line ");
    CHECK(refusal_of("{}") == "0 missing_required_parameter url");
    CHECK(refusal_of(R"({"method":"POST","url":"/v1/completions","body":{"prompt":"x"}})") ==
          "0 missing_required_parameter custom_id");
    CHECK(refusal_of(R"({"custom_id":7,"method":"POST","url":"/v1/completions","body":{}})") ==
          "0 invalid_type custom_id");
    CHECK(refusal_of(R"({"custom_id":"","method":"POST","url":"/v1/completions","body":{}})") ==
          "0 invalid_value custom_id");
    CHECK(refusal_of(R"({"custom_id":"a","method":"GET","url":"/v1/completions","body":{}})") ==
          "0 invalid_method method");
    CHECK(refusal_of(R"({"custom_id":"a","url":"/v1/completions","body":{}})") ==
          "0 missing_required_parameter method");
    CHECK(refusal_of(batch_line("{}", "/v1/moderations")) == "0 invalid_url url");
    CHECK(refusal_of(R"({"custom_id":"a","method":"POST","url":"/v1/completions"})") ==
          "0 missing_required_parameter body");
    CHECK(refusal_of(batch_line("3")) == "0 invalid_type body");
    CHECK(refusal_of(
              R"({"custom_id":"a","method":"POST","url":"/v1/completions","body":{},"x":1})") ==
          "0 unknown_parameter x");
}

TEST_CASE("openai: bodies that are refused, each with the field") {
    CHECK(refusal_of(batch_line("{}")) == "400 missing_required_parameter messages");
    CHECK(refusal_of(batch_line("{}", "/v1/completions")) ==
          "400 missing_required_parameter prompt");
    CHECK(refusal_of(batch_line("{}", "/v1/embeddings")) == "400 missing_required_parameter input");
    CHECK(refusal_of(batch_line(R"({"messages":[]})")) == "400 invalid_value messages");
    CHECK(refusal_of(batch_line(R"({"messages":"x"})")) == "400 invalid_type messages");
    CHECK(refusal_of(batch_line(R"({"messages":[3]})")) == "400 invalid_type messages[0]");
    CHECK(refusal_of(batch_line(R"({"messages":[{"content":"x"}]})")) ==
          "400 missing_required_parameter messages[0].role");
    CHECK(refusal_of(chat_with(R"("modalities":["text","audio"])")) ==
          "400 unsupported_parameter modalities");
    CHECK(refusal_of(chat_with(R"("verbosity":"low")")) == "400 unsupported_parameter verbosity");
    CHECK(refusal_of(chat_with(R"("temperature":99999999999999999999)")) ==
          "400 invalid_value temperature");
    CHECK(refusal_of(chat_with(R"("max_tokens":99999999999999999999)")) ==
          "400 invalid_value max_tokens");
    CHECK(refusal_of(chat_with(R"("seed":99999999999999999999)")) == "400 invalid_type seed");
    CHECK(refusal_of(batch_line(R"({"messages":[{"role":"user"}]})")) ==
          "400 missing_required_parameter messages[0].content");
    CHECK(refusal_of(
              batch_line(R"({"messages":[{"role":"user","content":[{"type":"image_url"}]}]})")) ==
          "400 unsupported_parameter messages[0].content[0].type");
    CHECK(refusal_of(chat_with(R"("temperature":5)")) == "400 invalid_value temperature");
    CHECK(refusal_of(chat_with(R"("temperature":"hot")")) == "400 invalid_type temperature");
    CHECK(refusal_of(chat_with(R"("max_tokens":0)")) == "400 invalid_value max_tokens");
    CHECK(refusal_of(chat_with(R"("max_tokens":-3)")) == "400 invalid_value max_tokens");
    CHECK(refusal_of(chat_with(R"("n":1.5)")) == "400 invalid_type n");
    CHECK(refusal_of(chat_with(R"("n":1000000000000)")) == "400 invalid_value n");
    CHECK(refusal_of(chat_with(R"("stop":[1])")) == "400 invalid_type stop[0]");
    CHECK(refusal_of(chat_with(R"("stream":true)")) == "400 invalid_value stream");
    CHECK(refusal_of(chat_with(R"("top_logprobs":2)")) == "400 invalid_value top_logprobs");
    CHECK(refusal_of(chat_with(R"("logit_bias":{"99999999999":1})")) ==
          "400 invalid_value logit_bias");
    CHECK(refusal_of(chat_with(R"("logit_bias":{"3":101})")) == "400 invalid_value logit_bias.3");
    CHECK(refusal_of(chat_with(R"("tool_choice":"required")")) == "400 invalid_value tool_choice");
    CHECK(refusal_of(chat_with(R"("tool_choice":"always")")) ==
          "400 unsupported_parameter tool_choice");
    CHECK(refusal_of(chat_with(R"("reasoning_format":"hidden")")) ==
          "400 unsupported_parameter reasoning_format");
    CHECK(refusal_of(chat_with(R"("tools":[{}])")) ==
          "400 missing_required_parameter tools[0].function");
    CHECK(refusal_of(chat_with(R"("response_format":{"type":"xml"})")) ==
          "400 unsupported_parameter response_format.type");
    CHECK(refusal_of(chat_with(R"("frobnicate":1)")) == "400 unknown_parameter frobnicate");
    CHECK(refusal_of(R"({"prompt":"x","suffix":"y"})") == "400 unsupported_parameter suffix");
    CHECK(refusal_of(R"({"prompt":"x","best_of":3})") == "400 unsupported_parameter best_of");
    CHECK(refusal_of(R"({"prompt":[]})") == "400 invalid_value prompt");
    CHECK(refusal_of(R"({"prompt":[-1]})") == "400 invalid_type prompt");
    CHECK(refusal_of(R"({"prompt":{"a":1}})") == "400 invalid_type prompt");
}

TEST_CASE("openai: lines of the output, and what a later run reads from them") {
    openai::Subject subject{"a \"quoted\" id", 0x123456789abcdef0, 42, 99, 7};
    openai::Answer answer;
    answer.model = "m";
    answer.seed = 5;
    answer.n_prompt_tokens = 3;
    answer.n_completion_tokens = 2;
    answer.choices.push_back({"hi \xff", "stop", {}, false});
    answer.choices.back().scores.emplace();
    answer.choices.back().scores->push_back({"hi", -0.5F, {{"hi", -0.5F}}});
    const std::string text = openai::answer_line(subject, answer);
    CHECK(text.ends_with("}\n"));
    const Json line = Json::parse(text);
    const Json& body = line["response"]["body"];
    CHECK(line["error"].is_null());
    CHECK(body["object"] == "chat.completion");
    CHECK(body["usage"]["total_tokens"] == 5);
    CHECK(body["choices"][0]["message"]["content"] == "hi \xEF\xBF\xBD");
    CHECK(body["choices"][0]["logprobs"]["content"][0]["bytes"] == Json::array({104, 105}));
    const auto read = openai::read_output_line(text);
    REQUIRE(read.has_value());
    CHECK(read->custom_id == subject.custom_id);
    CHECK(read->request_hash == subject.request_hash);
    CHECK(!read->failed);
    CHECK(read->n_prompt_tokens == 3);
    CHECK(read->settings_hash == subject.settings_hash);
    CHECK(!read->line);

    const Json refused =
        Json::parse(openai::refusal_line(subject, {400, "invalid_value", "n", "expected less"}));
    CHECK(refused["error"].is_null());
    CHECK(refused["response"]["status_code"] == 400);
    CHECK(refused["response"]["body"]["error"]["message"] == "line 7: n: expected less");
    subject.custom_id.reset();
    const std::string bad = openai::refusal_line(subject, {0, "invalid_json_line", "", "no"});
    CHECK(Json::parse(bad)["response"].is_null());
    CHECK(Json::parse(bad)["error"]["line"] == 7);
    const auto failed = openai::read_output_line(bad);
    REQUIRE(failed);
    CHECK(failed->failed);
    CHECK(failed->message == "line 7: no");
    CHECK(failed->line == 7);
    // Older versions of Quire did not record settings; other services do not record the line.
    const auto older = openai::read_output_line(
        R"({"custom_id":"a","error":{"code":"x","message":"line of mine: x"},"response":null,)"
        R"("quire":{"request_hash":"00000000000000aa"}})");
    REQUIRE(older);
    CHECK(!older->settings_hash);
    CHECK(!older->line);
    CHECK(openai::read_output_line(bad)->failed);
    // A line that was cut off, or that another program wrote, is not a result.
    for (std::size_t n = 0; n + 1 < bad.size(); ++n) {
        CHECK(!openai::read_output_line(bad.substr(0, n)).has_value());
    }
    CHECK(!openai::read_output_line(R"({"custom_id":1,"error":2,"response":3})").has_value());
    CHECK(
        !openai::read_output_line(
             R"({"custom_id":null,"error":null,"response":{"status_code":"x"},"quire":{"request_hash":"00000000000000aa"}})")
             .has_value());
}

TEST_CASE("openai: tokens that hold part of a character stay separate") {
    openai::Answer answer;
    answer.endpoint = openai::Endpoint::completions;
    answer.choices.push_back({"\xF0\x9F\x98\x80", "stop", {}, false});
    answer.choices.back().scores.emplace();
    answer.choices.back().scores->push_back(
        {"\xF0\x9F",
         -0.5F,
         {{"\xF0\x9F", -0.5F}, {" \xF0", -2.0F}, {"\xFF\\", -4.0F}, {"a", -5.0F}}});
    answer.choices.back().scores->push_back({"\x98\x80", -0.25F, {}});
    const std::string text = openai::answer_line({}, answer);
    Json scores = Json::parse(text)["response"]["body"]["choices"][0]["logprobs"];
    CHECK(scores["tokens"] == Json::array({"bytes:\\xf0\\x9f", "bytes:\\x98\\x80"}));
    CHECK(scores["top_logprobs"][0] == Json{{"bytes:\\xf0\\x9f", -0.5},
                                            {"bytes: \\xf0", -2.0},
                                            {"bytes:\\xff\\x5c", -4.0},
                                            {"a", -5.0}});
    answer.endpoint = openai::Endpoint::chat;
    scores =
        Json::parse(openai::answer_line({}, answer))["response"]["body"]["choices"][0]["logprobs"];
    CHECK(scores["content"][0]["token"] == "bytes:\\xf0\\x9f");
    CHECK(scores["content"][0]["bytes"] == Json::array({0xF0, 0x9F}));
    CHECK(scores["content"][0]["top_logprobs"][1]["bytes"] == Json::array({0x20, 0xF0}));
}

TEST_CASE("openai: requests for a ranking that are refused, each with the field") {
    const auto ranking = [](const std::string& body) {
        return refusal_of(batch_line(body, "/v1/rerank"));
    };
    CHECK(ranking("{}") == "400 missing_required_parameter query");
    CHECK(ranking(R"({"query":3,"documents":["a"]})") == "400 invalid_type query");
    CHECK(ranking(R"({"query":"q"})") == "400 missing_required_parameter documents");
    CHECK(ranking(R"({"query":"q","documents":"a"})") == "400 invalid_type documents");
    CHECK(ranking(R"({"query":"q","documents":[]})") == "400 invalid_value documents");
    CHECK(ranking(R"({"query":"q","documents":["a",7]})") == "400 invalid_type documents[1]");
    CHECK(ranking(R"({"query":"q","documents":[{"image":"x"}]})") ==
          "400 missing_required_parameter text");
    CHECK(ranking(R"({"query":"q","documents":["a"],"top_n":0})") == "400 invalid_value top_n");
    CHECK(ranking(R"({"query":"q","documents":["a"],"rank_fields":[]})") ==
          "400 unknown_parameter rank_fields");
}

TEST_CASE("openai: embeddings, as numbers and as base64 of little-endian floats") {
    openai::Answer answer;
    answer.endpoint = openai::Endpoint::embeddings;
    answer.embeddings = {{1.0F, -2.0F}};
    Json body = Json::parse(openai::answer_line({}, answer))["response"]["body"];
    CHECK(body["data"][0]["embedding"] == Json::array({1.0, -2.0}));
    answer.base64 = true;
    body = Json::parse(openai::answer_line({}, answer))["response"]["body"];
    CHECK(body["data"][0]["embedding"] == "AACAPwAAAMA=");
}
