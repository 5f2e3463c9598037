#include <array>
#include <functional>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_text.h"
#include "lib/chat/answers/answer_manner.h"
#include "lib/chat/answers/gemma_arguments.h"

namespace quire::chat {

namespace {

using Json = nlohmann::ordered_json;
using Calls = std::vector<ToolCall>;
constexpr auto kNowhere = std::string_view::npos;

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    if (begin == kNowhere) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// Bytes of the JSON value at the front; 0 if it does not end.
std::size_t json_length(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            ++depth;
        } else if ((c == '}' || c == ']') && --depth <= 0) {
            return depth == 0 ? i + 1 : 0;
        }
    }
    return 0;
}

std::optional<Json> json_of(std::string_view text) {
    try {
        return base::parse_ordered_json(text, "call", ErrorCode::input);
    } catch (const Error&) {
        return std::nullopt;
    }
}

// Of an object with a name and arguments.
std::optional<ToolCall> call_of(const Json& json) {
    if (!json.is_object() || !json.contains("name") || !json["name"].is_string()) {
        return std::nullopt;
    }
    for (const char* key : {"arguments", "parameters"}) {
        const auto found = json.find(key);
        if (found == json.end()) continue;
        const bool as_text = found->is_string();
        return ToolCall{json["name"].get<std::string>(),
                        as_text ? found->get<std::string>() : found->dump()};
    }
    return std::nullopt;
}

// Cuts the text up to the mark from its front; false if there is none.
bool take_until(std::string_view& text, std::string_view mark, std::string_view& before) {
    const std::size_t at = text.find(mark);
    if (at == kNowhere) return false;
    before = text.substr(0, at);
    text.remove_prefix(at + mark.size());
    return true;
}

// <parameter=KEY>VALUE</parameter>: a value that is JSON stays so, any other is a string.
std::optional<ToolCall> xml_call(std::string_view text) {
    std::string_view unused;
    std::string_view name;
    if (!take_until(text, "<function=", unused) || !take_until(text, ">", name))
        return std::nullopt;
    Json arguments = Json::object();
    std::string_view key;
    std::string_view value;
    while (take_until(text, "<parameter=", unused) && take_until(text, ">", key)) {
        if (!take_until(text, "</parameter>", value)) return std::nullopt;
        if (value.starts_with('\n')) value.remove_prefix(1);
        if (value.ends_with('\n')) value.remove_suffix(1);
        const auto json = json_of(value);
        arguments[std::string(key)] = json ? *json : Json(std::string(value));
    }
    return ToolCall{std::string(name), arguments.dump()};
}

// Calls that stand between marks.
bool read_tagged(std::string_view text, const AnswerManner& manner, AnswerParts& out) {
    std::string_view before;
    if (!take_until(text, manner.mark, before)) return false;
    out.content = trimmed(before);
    do {
        std::string_view inner;
        if (!take_until(text, manner.after, inner)) inner = std::exchange(text, {});
        inner = trimmed(inner);
        std::optional<ToolCall> call;
        if (manner.calls == CallManner::gemma) {
            call = gemma_call(inner, manner.quote);
        } else if (inner.starts_with("<function=")) {
            call = xml_call(inner);
        } else if (const auto json = json_of(inner)) {
            call = call_of(*json);
        }
        if (!call) return false;
        out.calls.push_back(std::move(*call));
    } while (take_until(text, manner.mark, before));
    out.content += trimmed(text);
    return true;
}

// A mark, then a list of calls.
bool read_list(std::string_view text, const AnswerManner& manner, AnswerParts& out) {
    std::string_view before;
    if (!take_until(text, manner.mark, before)) return false;
    out.content = trimmed(before);
    text = trimmed(text);
    const auto json = json_of(text.substr(0, json_length(text)));
    if (!json || !json->is_array()) return false;
    for (const Json& one : *json) {
        auto call = call_of(one);
        if (!call) return false;
        out.calls.push_back(std::move(*call));
    }
    return !out.calls.empty();
}

// [TOOL_CALLS]NAME[CALL_ID]ID[ARGS]{...}, again and again; the id may be missing.
bool read_named(std::string_view text, const AnswerManner& manner, AnswerParts& out) {
    std::string_view before;
    if (!take_until(text, manner.mark, before)) return false;
    if (trimmed(text).starts_with('[')) return false;
    out.content = trimmed(before);
    do {
        std::string_view name;
        if (!take_until(text, "[ARGS]", name)) return false;
        name = trimmed(name.substr(0, name.find("[CALL_ID]")));
        const std::size_t begin = text.find('{');
        if (begin == kNowhere) return false;
        const auto json = json_of(text.substr(begin, json_length(text.substr(begin))));
        if (!json) return false;
        out.calls.push_back({std::string(name), json->dump()});
    } while (take_until(text, manner.mark, before));
    return true;
}

// Objects with ; between them, and nothing else.
bool read_bare(std::string_view text, const AnswerManner& manner, AnswerParts& out) {
    text = trimmed(text);
    if (!manner.mark.empty() && text.starts_with(manner.mark)) {
        text = trimmed(text.substr(manner.mark.size()));
    }
    while (text.starts_with('{')) {
        const std::size_t length = json_length(text);
        const auto json = json_of(text.substr(0, length));
        auto call = json ? call_of(*json) : std::nullopt;
        if (!call) return false;
        out.calls.push_back(std::move(*call));
        text = trimmed(text.substr(length));
        if (text.starts_with(';')) text = trimmed(text.substr(1));
    }
    return text.empty() && !out.calls.empty();
}

bool read_deepseek(std::string_view text, const AnswerManner& manner, AnswerParts& out) {
    std::string_view before;
    if (!take_until(text, manner.mark, before)) return false;
    out.content = trimmed(before);
    std::string_view inner;
    if (!take_until(text, manner.after, inner)) inner = text;
    std::string_view name;
    while (take_until(inner, "<｜tool▁call▁begin｜>", before)) {
        if (!take_until(inner, "<｜tool▁sep｜>", name)) return false;
        std::string_view body;
        if (!take_until(inner, "<｜tool▁call▁end｜>", body)) body = std::exchange(inner, {});
        if (trimmed(name) == "function") {
            if (!take_until(body, "\n", name)) return false;
            const std::size_t begin = body.find('{');
            if (begin == kNowhere) return false;
            body = body.substr(begin, json_length(body.substr(begin)));
        }
        const auto json = json_of(trimmed(body));
        if (!json) return false;
        out.calls.push_back({std::string(trimmed(name)), json->dump()});
    }
    return !out.calls.empty();
}

// Messages of gpt-oss: a head with a channel and perhaps a recipient, then the text.
void read_harmony(std::string_view text, AnswerParts& out) {
    constexpr std::array<std::string_view, 4> kEnds{"<|end|>", "<|call|>", "<|return|>",
                                                    "<|start|>"};
    bool any = false;
    std::string_view head;
    while (take_until(text, "<|message|>", head)) {
        any = true;
        std::size_t end = text.size();
        for (const std::string_view mark : kEnds) end = std::min(end, text.find(mark));
        const std::string_view body = text.substr(0, end);
        text.remove_prefix(end);
        const std::size_t to = head.find("to=functions.");
        if (to != kNowhere) {
            std::string_view name = head.substr(to + std::string_view("to=functions.").size());
            name = name.substr(0, name.find_first_of(" <\n"));
            const auto json = json_of(trimmed(body));
            out.calls.push_back({std::string(name), json ? json->dump() : std::string(body)});
        } else if (head.find("analysis") != kNowhere) {
            out.has_reasoning = true;
            out.reasoning += (out.reasoning.empty() ? "" : "\n") + std::string(body);
        } else {
            out.content += body;
        }
    }
    if (!any) out.content = text;
}

bool read_calls(std::string_view text, const AnswerManner& manner, AnswerParts& out) {
    switch (manner.calls) {
        case CallManner::hermes:
        case CallManner::xml:
        case CallManner::gemma:
            return read_tagged(text, manner, out);
        case CallManner::list:
            return read_list(text, manner, out);
        case CallManner::named:
            return read_named(text, manner, out) || read_list(text, manner, out = {});
        case CallManner::bare:
            return read_bare(text, manner, out);
        case CallManner::deepseek:
            return read_deepseek(text, manner, out);
        case CallManner::none:
        case CallManner::harmony:
            break;
    }
    return false;
}

// Cuts the thought from the front of the text.
void take_thought(std::string_view& text, const AnswerManner& manner, bool thinks,
                  AnswerParts& out) {
    if (manner.begin_thought.empty()) return;
    const std::string_view begins = trimmed(text);
    const bool has_begin = begins.starts_with(manner.begin_thought);
    if (!has_begin && !thinks) return;
    if (has_begin) text = begins.substr(manner.begin_thought.size());
    out.has_reasoning = true;
    std::string_view thought;
    if (!take_until(text, manner.end_thought, thought)) thought = std::exchange(text, {});
    out.reasoning = trimmed(thought);
    while (text.starts_with('\n')) text.remove_prefix(1);
}

}  // namespace

AnswerParts parts_of(std::string_view text, const AnswerManner& manner, bool thinks,
                     bool with_calls) {
    AnswerParts out;
    if (manner.calls == CallManner::harmony) {
        read_harmony(text, out);
        return out;
    }
    take_thought(text, manner, thinks, out);
    AnswerParts called;
    if (with_calls && read_calls(text, manner, called)) {
        out.calls = std::move(called.calls);
        out.content = std::move(called.content);
    } else {
        out.content = text;
    }
    return out;
}

}  // namespace quire::chat
