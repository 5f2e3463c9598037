// The lines of a batch's output: OpenAI's objects, with ids and times that depend only on the
// request and the model, so that a repeated run writes the same bytes.
//
// An answer: {"id", "custom_id", "response": {"status_code": 200, "request_id", "body"}, "error":
// null, "quire"}. A request that was refused has status 4xx and body {"error": {"message", "type",
// "param", "code"}}; a line that is no request has "response": null and "error": {"code",
// "message", "param", "line"}. "quire" holds the hashes by which a later run knows the request, and
// the settings that it was run with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/openai/request.h"
#include "lib/chat/answers/answer_manner.h"

namespace quire::formats::openai {

// Identifies a request; the ids are derived from it.
struct Subject {
    std::optional<std::string> custom_id;
    std::uint64_t request_hash = 0;   // of url, body, model and settings
    std::uint64_t id_hash = 0;        // of custom_id and request_hash
    std::uint64_t settings_hash = 0;  // of model and settings, common to all requests of a run
    std::uint64_t line = 0;           // of the input, from 1; for refusals
};

struct TokenScore {
    std::string bytes;  // the bytes of the token; may be part of a character
    float logprob = 0;
    std::vector<std::pair<std::string, float>> top;  // likeliest first
};

struct Choice {
    std::string text;
    std::string_view finish_reason;                 // "stop" or "length"
    std::optional<std::vector<TokenScore>> scores;  // of the tokens of `text`
    bool first_unscored = false;  // the first token has no logprob: the prompt's first, echoed
    std::optional<std::string> reasoning = {};  // chat: the thoughts before the text
    std::vector<chat::ToolCall> calls = {};     // chat
};

// A document of a request for a ranking.
struct Ranked {
    std::size_t index = 0;
    float score = 0;
    std::optional<std::string> document = {};  // if it was asked for
};

struct Answer {
    Endpoint endpoint = Endpoint::chat;
    std::string model;
    std::uint64_t model_hash = 0;
    std::int64_t created = 0;
    std::optional<std::uint64_t> seed;
    std::vector<Choice> choices;
    std::size_t n_prompt_tokens = 0;
    std::size_t n_completion_tokens = 0;
    // Embeddings: one vector per input.
    std::vector<std::vector<float>> embeddings;
    bool base64 = false;
    std::vector<Ranked> ranked;  // rerank, best first
};

// One line including the newline. Bytes that are not UTF-8 become U+FFFD.
std::string answer_line(const Subject& subject, const Answer& answer);
std::string refusal_line(const Subject& subject, const Refusal& refusal);

// What a later run needs to know about a line of the output. Nothing when it is not such a line.
struct OutputLine {
    std::optional<std::string> custom_id;
    std::uint64_t request_hash = 0;
    std::optional<std::uint64_t> settings_hash;  // absent: written by an older Quire
    bool failed = false;
    std::string message;                // of the error, if it has one
    std::optional<std::uint64_t> line;  // of the input, from the message
    std::size_t n_prompt_tokens = 0;
    std::size_t n_completion_tokens = 0;
};
std::optional<OutputLine> read_output_line(std::string_view line);

}  // namespace quire::formats::openai
