#include "formats/openai/request.h"

#include <algorithm>

#include "formats/openai/json_reader.h"
#include "formats/openai/messages.h"
#include "formats/openai/request_body.h"
#include "lib/base/utf8.h"

namespace quire::formats::openai {

namespace {

constexpr std::size_t kMaxIdBytes = 512;

Json parse_json(std::string_view text) {
    try {
        return read_json(text);
    } catch (const JsonError& error) {
        throw Refusal{0, "invalid_json_line", "", error.what()};
    }
}

std::string canonical_text(Endpoint endpoint, const Json& body) {
    return std::string(url(endpoint)) + "\n" + nlohmann::json(body).dump();
}

[[noreturn]] void refuse_line(const std::string& code, const std::string& param,
                              const std::string& message) {
    throw Refusal{0, code, param, message};
}

std::string required_string(const Json& line, const char* name) {
    const auto found = line.find(name);
    if (found == line.end()) {
        refuse_line("missing_required_parameter", name, "expected a string, found none");
    }
    if (!found->is_string()) {
        refuse_line("invalid_type", name, "expected a string, found " + base::json_kind(*found));
    }
    return found->get<std::string>();
}

Endpoint endpoint_of(const std::string& name) {
    for (const Endpoint each :
         {Endpoint::chat, Endpoint::completions, Endpoint::embeddings, Endpoint::rerank}) {
        if (name == url(each)) return each;
    }
    refuse_line("invalid_url", "url",
                "expected /v1/chat/completions, /v1/completions, /v1/embeddings or /v1/rerank, "
                "found " +
                    text_of(name));
}

void read_custom_id(const Json& line, const char* name, Line& out) {
    const auto found = line.find(name);
    if (found == line.end() || found->is_null()) return;
    std::string id = required_string(line, name);
    if (id.empty() || id.size() > kMaxIdBytes) {
        refuse_line("invalid_value", name,
                    "expected 1 to " + std::to_string(kMaxIdBytes) + " bytes, found " +
                        std::to_string(id.size()));
    }
    out.custom_id = std::move(id);
}

void read_batch_line(const Json& line, Line& out) {
    read_custom_id(line, "custom_id", out);
    if (!out.custom_id) {
        refuse_line("missing_required_parameter", "custom_id", "expected a string, found none");
    }
    const std::string method = required_string(line, "method");
    if (method != "POST") {
        refuse_line("invalid_method", "method", "expected \"POST\", found " + text_of(method));
    }
    const Endpoint endpoint = endpoint_of(required_string(line, "url"));
    const auto body = line.find("body");
    if (body == line.end()) {
        refuse_line("missing_required_parameter", "body", "expected an object, found none");
    }
    if (!body->is_object()) {
        refuse_line("invalid_type", "body", "expected an object, found " + base::json_kind(*body));
    }
    for (const auto& [name, value] : line.items()) {
        if (name != "custom_id" && name != "method" && name != "url" && name != "body") {
            refuse_line("unknown_parameter", name,
                        "expected custom_id, method, url and body, found another field");
        }
    }
    out.canonical = canonical_text(endpoint, *body);
    out.content = request_of(endpoint, *body);
}

void read_bare_line(Json line, Line& out) {
    read_custom_id(line, "id", out);
    read_custom_id(line, "custom_id", out);
    line.erase("id");
    line.erase("custom_id");
    const bool chats = line.contains("messages");
    const bool reranks = line.contains("query");
    if (!chats && !reranks && !line.contains("prompt") && !line.contains("input")) {
        refuse_line("missing_required_parameter", "url",
                    "expected custom_id, method, url and body, or messages, or a prompt");
    }
    const Endpoint endpoint = chats                     ? Endpoint::chat
                              : reranks                 ? Endpoint::rerank
                              : line.contains("prompt") ? Endpoint::completions
                                                        : Endpoint::embeddings;
    out.canonical = canonical_text(endpoint, line);
    out.content = request_of(endpoint, line);
}

}  // namespace

std::string_view url(Endpoint endpoint) noexcept {
    switch (endpoint) {
        case Endpoint::chat:
            return "/v1/chat/completions";
        case Endpoint::completions:
            return "/v1/completions";
        case Endpoint::embeddings:
            return "/v1/embeddings";
        case Endpoint::rerank:
            return "/v1/rerank";
    }
    return "";
}

Line parse_line(std::string_view text) {
    Line out;
    out.canonical = text;
    try {
        Json line = parse_json(text);
        if (!line.is_object()) {
            refuse_line("invalid_json_line", "",
                        "expected an object, found " + base::json_kind(line));
        }
        if (line.contains("url") || line.contains("method") || line.contains("body")) {
            read_batch_line(line, out);
        } else {
            read_bare_line(std::move(line), out);
        }
    } catch (const Refusal& refusal) {
        out.content = refusal;
    }
    return out;
}

Line line_of_prompt(std::string_view prompt, bool raw, std::optional<std::string> custom_id) {
    Line out;
    out.custom_id = std::move(custom_id);
    out.canonical = prompt;
    if (!base::is_utf8(prompt)) {
        out.content = Refusal{0, "invalid_utf8", "", "expected UTF-8, found other bytes"};
        return out;
    }
    Json body = Json::object();
    if (raw) {
        body["prompt"] = prompt;
    } else {
        Json message = Json::object();
        message["role"] = "user";
        message["content"] = prompt;
        body["messages"] = Json::array({message});
    }
    const Endpoint endpoint = raw ? Endpoint::completions : Endpoint::chat;
    out.canonical = canonical_text(endpoint, body);
    Request request = request_of(endpoint, body);
    request.sampling.max_tokens.reset();
    out.content = std::move(request);
    return out;
}

Request read_conversation(std::string_view text) {
    const Json json = parse_json(text);
    Json body = json;
    if (json.is_array()) body = Json::object({{"messages", json}});
    if (!body.is_object()) refuse_type("messages", "a list or an object", json);
    BodyFields fields(body);
    Request request;
    request.messages = messages_for_template(fields.at("messages"));
    read_tools(fields, request);
    if (request.must_call) {
        refuse_unsupported("tool_choice", "expected \"auto\" or \"none\" in a conversation");
    }
    read_template_variables(fields, request);
    read_reasoning_effort(fields, request);
    fields.done();
    return request;
}

}  // namespace quire::formats::openai
