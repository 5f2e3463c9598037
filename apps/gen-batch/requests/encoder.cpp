#include "apps/gen-batch/requests/encoder.h"

#include "apps/common/options/sampling.h"
#include "formats/openai/conversation.h"
#include "formats/quire/chat_templates.h"
#include "formats/quire/prompts_json.h"
#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/generate/answers/answer.h"
#include "lib/generate/context.h"
#include "lib/generate/embed.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::gen_batch {

namespace openai = formats::openai;

std::size_t prompt_context(const spec::ModelSpec& spec, std::size_t asked) {
    const std::size_t context = generate::checked_context(spec, asked);
    return spec.encoder.empty() ? context : spec.encoder.front().context_length;
}

RequestEncoder::RequestEncoder(const formats::QuireFile& file,
                               const tokenizer::Tokenizer& tokenizer, std::size_t context,
                               std::optional<std::int64_t> time)
    : tokenizer_(tokenizer),
      classifier_(file.spec().classifier),
      answers_(file.answers()),
      prompts_(formats::text_prompts(file)),
      vocab_size_(answers_ ? file.spec().encoder.front().vocab_size : file.spec().vocab_size),
      context_(context),
      time_(time) {
    if (answers_) return;
    const chat::ChatTemplates templates = formats::chat_templates(file);
    if (!templates.empty()) chat_.emplace(templates, tokenizer);
}

void RequestEncoder::resolve_biases(openai::Sampling& sampling) const {
    for (const auto& [text, bias] : sampling.logit_bias_of_text) {
        try {
            sampling.logit_bias.emplace_back(common::only_token(tokenizer_, text), bias);
        } catch (const Error& error) {
            throw openai::Refusal{400, "invalid_value", "logit_bias", error.what()};
        }
    }
    sampling.logit_bias_of_text.clear();
}

RequestEncoder::Ids RequestEncoder::encode_chat(const openai::Request& request) const {
    if (!chat_) {
        throw openai::Refusal{400, "unsupported_parameter", "messages",
                              "expected a model with a chat template, found none"};
    }
    return chat_->encode(openai::render_conversation(request, *chat_, time_));
}

std::string RequestEncoder::text_before(const openai::Request& request) const {
    if (request.endpoint != openai::Endpoint::embeddings) return "";
    const std::string name = request.prompt_name.value_or(prompts_.default_name);
    if (name.empty()) return "";
    const std::string* text = prompts_.find(name);
    if (text == nullptr) {
        throw openai::Refusal{
            400, "invalid_value", "prompt_name",
            "expected the name of one of the model's prompts, found " + base::quoted(name)};
    }
    return *text;
}

// What only one kind of models takes.
void RequestEncoder::check(const openai::Request& request) const {
    const auto reject = [](const char* param, const char* why) {
        throw openai::Refusal{400, "unsupported_parameter", param, why};
    };
    const bool reranks = request.endpoint == openai::Endpoint::rerank;
    if (reranks && (classifier_.labels.size() != 1 || classifier_.pair_ids.empty())) {
        reject("query", "expected a model that gives a pair of texts one score, found another");
    }
    if (!answers_) {
        constexpr const char* kWhy = "expected a model that reads a source text, found another";
        if (!request.from.empty()) reject("from", kWhy);
        if (!request.to.empty()) reject("to", kWhy);
        if (request.beams) reject("beams", kWhy);
        return;
    }
    constexpr const char* kWhy = "not supported by a model that reads a source text";
    if (request.endpoint == openai::Endpoint::chat) reject("messages", kWhy);
    if (request.endpoint == openai::Endpoint::embeddings) reject("input", kWhy);
    if (request.echo) reject("echo", kWhy);
    if (request.sampling.constraint) reject(request.sampling.constraint_field.c_str(), kWhy);
    if (request.beams.value_or(1) == 1) return;
    constexpr const char* kAlone = "not supported beside beams";
    if (request.sampling.temperature.value_or(0) > 0) reject("temperature", kAlone);
    if (request.sampling.n_top) reject("logprobs", kAlone);
    if (request.sampling.n > 1) reject("n", kAlone);
    if (request.sampling.ignore_eos) reject("ignore_eos", kAlone);
    if (!request.sampling.logit_bias.empty()) reject("logit_bias", kAlone);
    if (request.sampling.frequency_penalty.value_or(0) != 0) reject("frequency_penalty", kAlone);
    if (request.sampling.presence_penalty.value_or(0) != 0) reject("presence_penalty", kAlone);
    if (request.sampling.repeat_penalty) reject("repeat_penalty", kAlone);
    if (request.sampling.dry_multiplier) reject("dry_multiplier", kAlone);
    if (!request.sampling.banned_strings.empty()) reject("banned_strings", kAlone);
    if (request.sampling.mirostat.value_or(false)) reject("mirostat", kAlone);
    if (request.heal) reject("heal", kAlone);
}

RequestEncoder::Ids RequestEncoder::before_document(const openai::Request& request) const {
    return generate::before_second_text(tokenizer_, classifier_, request.query);
}

RequestEncoder::Ids RequestEncoder::encode_prompt(const openai::Request& request,
                                                  const openai::Prompt& prompt,
                                                  const std::string& before,
                                                  const char* param) const {
    if (const auto* ids = std::get_if<Ids>(&prompt)) {
        for (const std::uint32_t id : *ids) {
            if (id < vocab_size_) continue;
            throw openai::Refusal{400, "invalid_value", param,
                                  "expected ids below " + std::to_string(vocab_size_) + ", found " +
                                      std::to_string(id)};
        }
        return *ids;
    }
    if (request.endpoint == openai::Endpoint::rerank) {
        Ids ids = before_document(request);
        for (const std::uint32_t id :
             tokenizer::encode(tokenizer_, std::get<std::string>(prompt), {})) {
            ids.push_back(id);
        }
        ids.insert(ids.end(), tokenizer_.suffix_ids().begin(), tokenizer_.suffix_ids().end());
        return ids;
    }
    if (answers_) {
        return generate::source_ids(*answers_, tokenizer_, std::get<std::string>(prompt),
                                    {request.from, request.to, request.beams});
    }
    tokenizer::EncodeOptions options;
    options.add_special = true;
    return tokenizer::encode(tokenizer_, before + std::get<std::string>(prompt), options);
}

std::variant<std::vector<RequestEncoder::Ids>, openai::Refusal> RequestEncoder::encode(
    openai::Request& request) const {
    const bool chats = request.endpoint == openai::Endpoint::chat;
    const char* param = chats                                              ? "messages"
                        : request.endpoint == openai::Endpoint::rerank     ? "documents"
                        : request.endpoint == openai::Endpoint::embeddings ? "input"
                                                                           : "prompt";
    try {
        check(request);
        resolve_biases(request.sampling);
        std::vector<Ids> prompts;
        if (chats) prompts.push_back(encode_chat(request));
        const std::string before = text_before(request);
        for (const openai::Prompt& prompt : request.prompts) {
            prompts.push_back(encode_prompt(request, prompt, before, param));
        }
        for (const Ids& ids : prompts) {
            if (ids.empty()) {
                return openai::Refusal{400, "invalid_value", param,
                                       "expected at least one token, found none"};
            }
            if (ids.size() > context_) {
                return openai::Refusal{400, "context_length_exceeded", param,
                                       "expected at most " + std::to_string(context_) +
                                           " tokens, the size of the context, found " +
                                           std::to_string(ids.size())};
            }
        }
        return prompts;
    } catch (const openai::Refusal& refusal) {
        return refusal;
    } catch (const Error& error) {
        return openai::Refusal{400, "invalid_prompt", param, error.what()};
    }
}

}  // namespace quire::gen_batch
