#include "formats/openai/response.h"

#include <charconv>
#include <cmath>

#include "lib/base/hash.h"
#include "lib/base/json/json_text.h"
#include "lib/base/utf8.h"

namespace quire::formats::openai {

namespace {

std::string dump_line(const Json& line) {
    return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

// Six decimals: more than the precision of a probability, and shorter than all of its bits.
double rounded(float logprob) {
    return std::round(double{logprob} * 1e6) / 1e6;
}

Json bytes_of(const std::string& text) {
    Json out = Json::array();
    for (const char c : text) out.push_back(static_cast<unsigned char>(c));
    return out;
}

// A token as text. Part of a character is written as the API does, "bytes:\xf0\x9f", so that
// different tokens never look the same.
std::string token_text(const std::string& bytes) {
    if (base::is_utf8(bytes)) return bytes;
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out = "bytes:";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7F && c != '\\') {
            out += c;
        } else {
            out += "\\x";
            out += kDigits[byte >> 4];
            out += kDigits[byte & 15];
        }
    }
    return out;
}

Json chat_token(const std::string& bytes, float logprob) {
    return {
        {"token", token_text(bytes)}, {"logprob", rounded(logprob)}, {"bytes", bytes_of(bytes)}};
}

Json chat_logprobs(const Choice& choice) {
    if (!choice.scores) return nullptr;
    Json content = Json::array();
    for (const TokenScore& score : *choice.scores) {
        Json token = chat_token(score.bytes, score.logprob);
        token["top_logprobs"] = Json::array();
        for (const auto& [bytes, logprob] : score.top) {
            token["top_logprobs"].push_back(chat_token(bytes, logprob));
        }
        content.push_back(std::move(token));
    }
    return {{"content", std::move(content)}, {"refusal", nullptr}};
}

std::size_t n_characters(std::string_view text) {
    std::size_t n = 0;
    while (!text.empty()) {
        text.remove_prefix(static_cast<std::size_t>(base::decode_utf8(text).length));
        ++n;
    }
    return n;
}

Json completion_logprobs(const Choice& choice) {
    if (!choice.scores) return nullptr;
    Json tokens = Json::array();
    Json logprobs = Json::array();
    Json tops = Json::array();
    Json offsets = Json::array();
    std::string before;
    for (const TokenScore& score : *choice.scores) {
        const bool unscored = choice.first_unscored && tokens.empty();
        tokens.push_back(token_text(score.bytes));
        offsets.push_back(n_characters(before));
        before += score.bytes;
        logprobs.push_back(unscored ? Json(nullptr) : Json(rounded(score.logprob)));
        Json top = Json::object();
        for (const auto& [bytes, logprob] : score.top) {
            // Two ids may have the same text: the likelier one comes first.
            top.emplace(token_text(bytes), rounded(logprob));
        }
        tops.push_back(unscored ? Json(nullptr) : std::move(top));
    }
    return {{"tokens", std::move(tokens)},
            {"token_logprobs", std::move(logprobs)},
            {"top_logprobs", std::move(tops)},
            {"text_offset", std::move(offsets)}};
}

// Calls have ids that depend only on the request and their place.
Json tool_calls(const Subject& subject, const Choice& choice, std::size_t index) {
    Json out = Json::array();
    for (std::size_t i = 0; i < choice.calls.size(); ++i) {
        const std::string place =
            base::hex(subject.id_hash) + "_" + std::to_string(index) + "_" + std::to_string(i);
        out.push_back(
            {{"id", "call_" + place},
             {"type", "function"},
             {"function",
              {{"name", choice.calls[i].name}, {"arguments", choice.calls[i].arguments}}}});
    }
    return out;
}

Json chat_choice(const Subject& subject, const Choice& choice, std::size_t index) {
    const bool calls = !choice.calls.empty();
    Json message{{"role", "assistant"}, {"content", choice.text}, {"refusal", nullptr}};
    if (calls && choice.text.empty()) message["content"] = nullptr;
    if (choice.reasoning) message["reasoning_content"] = *choice.reasoning;
    if (calls) message["tool_calls"] = tool_calls(subject, choice, index);
    const bool called = calls && choice.finish_reason == "stop";
    return {{"index", index},
            {"message", std::move(message)},
            {"logprobs", chat_logprobs(choice)},
            {"finish_reason", called ? "tool_calls" : choice.finish_reason}};
}

Json completion_choice(const Choice& choice, std::size_t index) {
    return {{"text", choice.text},
            {"index", index},
            {"logprobs", completion_logprobs(choice)},
            {"finish_reason", choice.finish_reason}};
}

std::string base64(const std::vector<float>& values) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto bytes = std::as_bytes(std::span(values));
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t k = 0; k < 3; ++k) {
            group = group << 8 | (k < n ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += k <= n ? kDigits[group >> (18 - 6 * k) & 63] : '=';
        }
    }
    return out;
}

Json embedding_body(const Answer& answer) {
    Json data = Json::array();
    for (std::size_t i = 0; i < answer.embeddings.size(); ++i) {
        const std::vector<float>& values = answer.embeddings[i];
        data.push_back({{"object", "embedding"},
                        {"index", i},
                        {"embedding", answer.base64 ? Json(base64(values)) : Json(values)}});
    }
    return {
        {"object", "list"},
        {"data", std::move(data)},
        {"model", answer.model},
        {"usage",
         {{"prompt_tokens", answer.n_prompt_tokens}, {"total_tokens", answer.n_prompt_tokens}}}};
}

Json rerank_body(const Answer& answer) {
    Json results = Json::array();
    for (const Ranked& one : answer.ranked) {
        Json result{{"index", one.index}, {"relevance_score", one.score}};
        if (one.document) result["document"] = {{"text", *one.document}};
        results.push_back(std::move(result));
    }
    return {
        {"object", "list"},
        {"results", std::move(results)},
        {"model", answer.model},
        {"usage",
         {{"prompt_tokens", answer.n_prompt_tokens}, {"total_tokens", answer.n_prompt_tokens}}}};
}

Json text_body(const Subject& subject, const Answer& answer) {
    const bool chats = answer.endpoint == Endpoint::chat;
    Json choices = Json::array();
    for (std::size_t i = 0; i < answer.choices.size(); ++i) {
        choices.push_back(chats ? chat_choice(subject, answer.choices[i], i)
                                : completion_choice(answer.choices[i], i));
    }
    return {{"id", (chats ? "chatcmpl-" : "cmpl-") + base::hex(subject.id_hash)},
            {"object", chats ? "chat.completion" : "text_completion"},
            {"created", answer.created},
            {"model", answer.model},
            {"choices", std::move(choices)},
            {"usage",
             {{"prompt_tokens", answer.n_prompt_tokens},
              {"completion_tokens", answer.n_completion_tokens},
              {"total_tokens", answer.n_prompt_tokens + answer.n_completion_tokens}}},
            {"system_fingerprint", "fp_" + base::hex(answer.model_hash)}};
}

Json line_of(const Subject& subject, Json response, Json error) {
    Json custom_id = nullptr;
    if (subject.custom_id) custom_id = *subject.custom_id;
    return {{"id", "batch_req_" + base::hex(subject.id_hash)},
            {"custom_id", std::move(custom_id)},
            {"response", std::move(response)},
            {"error", std::move(error)},
            {"quire",
             {{"request_hash", base::hex(subject.request_hash)},
              {"settings_hash", base::hex(subject.settings_hash)}}}};
}

Json response_of(const Subject& subject, int status, Json body) {
    return {{"status_code", status},
            {"request_id", "req_" + base::hex(subject.id_hash)},
            {"body", std::move(body)}};
}

std::optional<std::uint64_t> hash_of(const Json& line, const char* name) {
    const auto quire = line.find("quire");
    if (quire == line.end() || !quire->is_object()) return std::nullopt;
    const auto hash = quire->find(name);
    if (hash == quire->end() || !hash->is_string()) return std::nullopt;
    const auto digits = hash->get<std::string>();
    std::uint64_t value = 0;
    const char* end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, value, 16);
    if (error != std::errc() || rest != end || digits.size() != 16) return std::nullopt;
    return value;
}

// The message of a failed line and the number of the input line that it starts with.
void read_error(const Json& error, const Json& response, OutputLine& out) {
    const Json* found = &error;
    if (response.is_object() && response.contains("body") && response["body"].is_object() &&
        response["body"].contains("error")) {
        found = &response["body"]["error"];
    }
    if (!found->is_object()) return;
    out.message = found->value("message", "");
    constexpr std::string_view kLine = "line ";
    if (!out.message.starts_with(kLine)) return;
    std::uint64_t number = 0;
    const char* end = out.message.data() + out.message.size();
    const auto [rest, bad] = std::from_chars(out.message.data() + kLine.size(), end, number);
    if (bad == std::errc() && rest != end && *rest == ':') out.line = number;
}

void read_usage(const Json& response, OutputLine& out) {
    const auto body = response.find("body");
    if (body == response.end() || !body->is_object()) return;
    const auto usage = body->find("usage");
    if (usage == body->end() || !usage->is_object()) return;
    out.n_prompt_tokens = usage->value("prompt_tokens", std::size_t{0});
    out.n_completion_tokens = usage->value("completion_tokens", std::size_t{0});
}

}  // namespace

std::string answer_line(const Subject& subject, const Answer& answer) {
    Json body = answer.endpoint == Endpoint::embeddings ? embedding_body(answer)
                : answer.endpoint == Endpoint::rerank   ? rerank_body(answer)
                                                        : text_body(subject, answer);
    Json line = line_of(subject, response_of(subject, 200, std::move(body)), nullptr);
    if (answer.seed) line["quire"]["seed"] = *answer.seed;
    return dump_line(line);
}

std::string refusal_line(const Subject& subject, const Refusal& refusal) {
    const std::string message = "line " + std::to_string(subject.line) + ": " +
                                (refusal.param.empty() ? "" : refusal.param + ": ") +
                                refusal.message;
    Json param = nullptr;
    if (!refusal.param.empty()) param = refusal.param;
    if (refusal.status == 0) {
        return dump_line(line_of(subject, nullptr,
                                 {{"code", refusal.code},
                                  {"message", message},
                                  {"param", std::move(param)},
                                  {"line", subject.line}}));
    }
    Json body{{"error",
               {{"message", message},
                {"type", refusal.status >= 500 ? "server_error" : "invalid_request_error"},
                {"param", std::move(param)},
                {"code", refusal.code}}}};
    return dump_line(
        line_of(subject, response_of(subject, refusal.status, std::move(body)), nullptr));
}

std::optional<OutputLine> read_output_line(std::string_view text) try {
    const Json line = base::parse_ordered_json(text, "");
    if (!line.is_object()) return std::nullopt;
    const auto hash = hash_of(line, "request_hash");
    const auto id = line.find("custom_id");
    const auto error = line.find("error");
    const auto response = line.find("response");
    if (!hash || id == line.end() || error == line.end() || response == line.end()) {
        return std::nullopt;
    }
    OutputLine out;
    out.request_hash = *hash;
    out.settings_hash = hash_of(line, "settings_hash");
    if (id->is_string()) out.custom_id = id->get<std::string>();
    out.failed =
        !error->is_null() || !response->is_object() || response->value("status_code", 0) != 200;
    if (out.failed) {
        read_error(*error, *response, out);
    } else {
        read_usage(*response, out);
    }
    return out;
} catch (const Error&) {
    return std::nullopt;  // not JSON, or nested more deeply than anything Quire writes
} catch (const Json::exception&) {
    return std::nullopt;  // a known field has another type
}

}  // namespace quire::formats::openai
