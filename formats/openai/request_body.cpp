#include "formats/openai/request_body.h"

#include <algorithm>

#include "formats/openai/messages.h"

namespace quire::formats::openai {

namespace {

constexpr std::uint64_t kMaxTop = 20;
constexpr std::uint64_t kMaxBeams = 256;

template <typename To, typename From>
std::optional<To> cast(const std::optional<From>& value) {
    if (!value) return std::nullopt;
    return static_cast<To>(*value);
}

void read_chat_limits(BodyFields& fields, Sampling& sampling) {
    const auto old_name = fields.find_integer("max_tokens", 1, kMaxTokens);
    const auto new_name = fields.find_integer("max_completion_tokens", 1, kMaxTokens);
    sampling.max_tokens = cast<std::size_t>(new_name ? new_name : old_name);
    const bool scored = fields.find_as<bool>("logprobs").value_or(false);
    const auto n_top = fields.find_integer("top_logprobs", 0, kMaxTop);
    if (n_top && !scored) {
        refuse("invalid_value", "top_logprobs", "expected logprobs true beside it, found none");
    }
    if (scored) sampling.n_top = static_cast<std::uint32_t>(n_top.value_or(0));
}

// The default values have no effect; other kinds of output are not supported.
void read_modalities(BodyFields& fields) {
    const Json* modalities = fields.find("modalities");
    if (modalities != nullptr && *modalities != Json::array({"text"})) {
        refuse_unsupported("modalities", "expected [\"text\"], found " + text_of(*modalities));
    }
    const Json* verbosity = fields.find("verbosity");
    if (verbosity != nullptr && *verbosity != "medium") {
        refuse_unsupported("verbosity", "expected \"medium\", found " + text_of(*verbosity));
    }
}

Request chat_of(const Json& body) {
    BodyFields fields(body);
    Request request;
    request.endpoint = Endpoint::chat;
    request.messages = messages_for_template(fields.at("messages"));
    request.sampling = sampling_of(fields);
    read_chat_limits(fields, request.sampling);
    read_tools(fields, request);
    read_template_variables(fields, request);
    read_reasoning_effort(fields, request);
    read_reasoning_format(fields, request);
    if (request.must_call && request.sampling.constraint) {
        refuse_unsupported("tool_choice", "cannot go with " + request.sampling.constraint_field);
    }
    fields.unsupported({"functions", "function_call", "audio", "prediction", "web_search_options"});
    read_modalities(fields);
    fields.done();
    return request;
}

std::vector<std::uint32_t> ids_of(const Json& list, const std::string& where) {
    std::vector<std::uint32_t> ids;
    for (const Json& id : list) {
        if (!id.is_number_unsigned() || id.get<std::uint64_t>() > UINT32_MAX) {
            refuse("invalid_type", where, "expected token ids, found " + base::json_kind(id));
        }
        ids.push_back(id.get<std::uint32_t>());
    }
    return ids;
}

// A string, a list of strings, a list of ids, or a list of lists of ids.
std::vector<Prompt> prompts_of(const Json& value, const std::string& name) {
    if (value.is_string()) return {value.get<std::string>()};
    if (!value.is_array()) refuse_type(name, "a string or a list", value);
    if (value.empty()) refuse("invalid_value", name, "expected at least one, found none");
    if (value.front().is_number()) return {ids_of(value, name)};
    std::vector<Prompt> prompts;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string at = name + "[" + std::to_string(i) + "]";
        if (value[i].is_string()) {
            prompts.emplace_back(value[i].get<std::string>());
        } else if (value[i].is_array()) {
            prompts.emplace_back(ids_of(value[i], at));
        } else {
            refuse_type(at, "a string or a list of ids", value[i]);
        }
    }
    return prompts;
}

Request completion_of(const Json& body) {
    BodyFields fields(body);
    Request request;
    request.endpoint = Endpoint::completions;
    request.prompts = prompts_of(fields.at("prompt"), "prompt");
    request.sampling = sampling_of(fields);
    request.from = fields.find_as<std::string>("from").value_or("");
    request.to = fields.find_as<std::string>("to").value_or("");
    request.beams = cast<std::uint32_t>(fields.find_integer("beams", 1, kMaxBeams));
    request.max_tokens_given = fields.find("max_tokens") != nullptr;
    // The default of the API is 16.
    request.sampling.max_tokens = fields.find_integer("max_tokens", 0, kMaxTokens).value_or(16);
    request.sampling.n_top = cast<std::uint32_t>(fields.find_integer("logprobs", 0, kMaxTop));
    request.echo = fields.find_as<bool>("echo").value_or(false);
    request.heal = fields.find_as<bool>("heal").value_or(false);
    if (request.heal && request.echo) {
        refuse_unsupported("heal", "cannot go with echo");
    }
    const auto& constraint = request.sampling.constraint;
    if (request.heal && constraint && constraint->kind != spec::ConstraintKind::none) {
        refuse_unsupported("heal", "cannot go with " + request.sampling.constraint_field);
    }
    const auto best_of = fields.find_integer("best_of", 1, kMaxChoices);
    if (best_of && *best_of != request.sampling.n) {
        refuse_unsupported("best_of", "expected the same number as n");
    }
    fields.unsupported({"suffix"});
    fields.done();
    return request;
}

Request embedding_of(const Json& body) {
    BodyFields fields(body);
    Request request;
    request.endpoint = Endpoint::embeddings;
    request.prompts = prompts_of(fields.at("input"), "input");
    request.dimensions = cast<std::size_t>(fields.find_integer("dimensions", 1, kMaxTokens));
    request.prompt_name = fields.find_as<std::string>("prompt_name");
    if (const Json* format = fields.find("encoding_format")) {
        if (*format != "float" && *format != "base64") {
            refuse("invalid_value", "encoding_format",
                   "expected \"float\" or \"base64\", found " + text_of(*format));
        }
        request.base64 = *format == "base64";
    }
    fields.ignore({"model", "user"});
    fields.done();
    return request;
}

// A text, or an object that holds one, as Jina's API takes it, too.
std::string document_of(const Json& value, const std::string& where) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_object()) refuse_type(where, "a string or an object with text", value);
    BodyFields fields(value);
    std::string text = fields.get<std::string>("text");
    fields.done();
    return text;
}

Request rerank_of(const Json& body) {
    BodyFields fields(body);
    Request request;
    request.endpoint = Endpoint::rerank;
    request.query = fields.get<std::string>("query");
    const Json& documents = fields.at("documents");
    if (!documents.is_array()) refuse_type("documents", "a list", documents);
    if (documents.empty()) {
        refuse("invalid_value", "documents", "expected at least one, found none");
    }
    for (std::size_t i = 0; i < documents.size(); ++i) {
        request.prompts.emplace_back(
            document_of(documents[i], "documents[" + std::to_string(i) + "]"));
    }
    request.top_n = cast<std::size_t>(fields.find_integer("top_n", 1, kMaxTokens));
    request.return_documents = fields.find_as<bool>("return_documents").value_or(false);
    fields.ignore({"model", "user"});
    fields.done();
    return request;
}

}  // namespace

namespace {

// {"type": "function", "function": {"name": ...}}
std::string tool_named(const Json& choice) {
    if (choice.is_object() && choice.contains("function") && choice["function"].is_object() &&
        choice["function"].contains("name") && choice["function"]["name"].is_string()) {
        return choice["function"]["name"].get<std::string>();
    }
    refuse_unsupported(
        "tool_choice",
        "expected \"auto\", \"none\", \"required\" or a function, found " + text_of(choice));
}

}  // namespace

void read_tools(BodyFields& fields, Request& request) {
    if (const Json* tools = fields.find("tools")) {
        check_tools(*tools);
        if (!tools->empty()) request.tools = *tools;  // some templates take [] for a list of tools
    }
    request.may_call_several = fields.find_as<bool>("parallel_tool_calls").value_or(true);
    const Json* choice = fields.find("tool_choice");
    if (choice == nullptr || *choice == "auto") return;
    if (*choice == "none") {
        request.tools = nullptr;
        return;
    }
    request.must_call = true;
    if (*choice != "required") request.tool = tool_named(*choice);
    const bool known =
        std::any_of(request.tools.begin(), request.tools.end(), [&](const Json& tool) {
            return request.tool.empty() || tool["function"]["name"] == request.tool;
        });
    if (!known) {
        refuse("invalid_value", "tool_choice",
               "expected the name of a tool, found " + text_of(*choice));
    }
}

void read_reasoning_format(BodyFields& fields, Request& request) {
    const Json* format = fields.find("reasoning_format");
    if (format == nullptr) return;
    if (*format != "auto" && *format != "deepseek" && *format != "none") {
        refuse_unsupported(
            "reasoning_format",
            "expected \"auto\", \"deepseek\" or \"none\", found " + text_of(*format));
    }
    request.splits_reasoning = *format != "none";
}

void read_template_variables(BodyFields& fields, Request& request) {
    const Json* variables = fields.find("chat_template_kwargs");
    if (variables == nullptr) return;
    if (!variables->is_object()) refuse_type("chat_template_kwargs", "an object", *variables);
    request.template_variables = *variables;
}

void read_reasoning_effort(BodyFields& fields, Request& request) {
    const Json* effort = fields.find("reasoning_effort");
    if (effort == nullptr) return;
    if (!effort->is_string()) refuse_type("reasoning_effort", "a string", *effort);
    request.reasoning_effort = effort->get<std::string>();
}

Request request_of(Endpoint endpoint, const Json& body) {
    switch (endpoint) {
        case Endpoint::chat:
            return chat_of(body);
        case Endpoint::completions:
            return completion_of(body);
        case Endpoint::embeddings:
            return embedding_of(body);
        case Endpoint::rerank:
            return rerank_of(body);
    }
    return {};
}

}  // namespace quire::formats::openai
