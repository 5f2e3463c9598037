// Requests as OpenAI's API and its Batch API write them: one JSON object per line, either a whole
// batch line (custom_id, method, url, body) or, for quick scripts, just the body with a prompt or
// messages. source: OpenAI API reference, "Batch", "Chat completions", "Completions".
//
// A line that cannot be used does not throw: it gives a Refusal, which becomes a line of the
// output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "formats/openai/sampling.h"
#include "lib/base/json/json.h"

namespace quire::formats::openai {

using Json = nlohmann::ordered_json;

// rerank is not of OpenAI's API; source: the APIs of Jina, Cohere and llama.cpp's server.
enum class Endpoint : std::uint8_t { chat, completions, embeddings, rerank };
std::string_view url(Endpoint endpoint) noexcept;

// Why a request gets no answer.
struct Refusal {
    int status = 400;   // of the HTTP response; 0: the line is not a request at all
    std::string code;   // for programs: "invalid_type", "duplicate_custom_id", ...
    std::string param;  // the field, as in "messages[0].role"; may be empty
    std::string message;
};

using Prompt = std::variant<std::string, std::vector<std::uint32_t>>;  // text, or ids

struct Request {
    Endpoint endpoint = Endpoint::chat;
    Json messages;            // chat: as messages_for_template() gives them
    Json tools;               // null or a list that is not empty
    Json template_variables;  // null or an object: chat_template_kwargs
    std::optional<std::string> reasoning_effort;
    bool splits_reasoning = true;  // chat: thoughts go into reasoning_content
    // Chat: the answer must call a tool; `tool`: this one, or any if it is empty.
    bool must_call = false;
    std::string tool;
    bool may_call_several = true;           // parallel_tool_calls
    std::vector<Prompt> prompts;            // all but chat: at least one; rerank: the documents
    bool heal = false;                      // completions: the prompt's last token is taken back
    bool echo = false;                      // completions: the prompt is part of the text
    bool base64 = false;                    // embeddings: encoding_format
    std::optional<std::size_t> dimensions;  // embeddings
    // Embeddings: which of the model's prompts goes before a text; an extension of the API. None: the
    // model's default; empty: no prompt.
    std::optional<std::string> prompt_name;
    std::string query;                 // rerank: what documents are compared with
    std::optional<std::size_t> top_n;  // rerank: how many of the best ones; none: all
    bool return_documents = false;     // rerank: results have the texts
    Sampling sampling;
    // completions of a model that reads a source text; extensions of the API
    std::string from;  // languages, or empty
    std::string to;
    std::optional<std::uint32_t> beams;
    bool max_tokens_given = false;
};

struct Line {
    std::optional<std::string> custom_id;  // if the line has one
    std::string
        canonical;  // url and body with sorted keys; for a line that is no request, the line itself
    std::variant<Request, Refusal> content;
};

// Parses one line. Deep nesting, a wrong type and an unknown field give a Refusal.
Line parse_line(std::string_view text);

// A request of one user turn, or of a bare prompt, as parse_line would read it from such a line.
Line line_of_prompt(std::string_view prompt, bool raw, std::optional<std::string> custom_id);

// A conversation without sampling parameters: a list of messages, or an object with `messages` and
// optionally `tools`, `tool_choice`, `parallel_tool_calls`, `chat_template_kwargs` and
// `reasoning_effort`. Any other key is refused. Throws Refusal.
Request read_conversation(std::string_view text);

}  // namespace quire::formats::openai
