#include "apps/gen/report.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>

#include "apps/common/units.h"
#include "apps/gen/looks/draws.h"
#include "apps/gen/scores.h"
#include "lib/base/hash.h"
#include "lib/base/json/json.h"

namespace quire::gen {

namespace {

double per_second(std::size_t n, double ms) {
    return ms > 0 ? 1000.0 * static_cast<double>(n) / ms : 0.0;
}

// The prompt's last pass gives the first token; each further token takes a step.
std::size_t steps(const generate::Result& result) {
    return result.tokens.empty() ? 0 : result.tokens.size() - 1;
}

}  // namespace

std::string to_json(const Report& report, const Options& options, const formats::QuireFile& file,
                    const tokenizer::Tokenizer& tokenizer) {
    const generate::Result& result = report.result;
    nlohmann::ordered_json json{
        {"text", result.text},
        {"tokens", result.tokens},
        {"prompt_tokens", result.n_prompt},
        {"finish_reason", generate::name(result.finish)},
        {"seed", options.sampling.sampler.seed},
        {"model_hash", base::hex(file.model_hash())},
        {"logits_hash", base::hex(result.logits_hash)},
        {"timings",
         {{"load_ms", report.load_ms},
          {"prompt_ms", result.prompt_ms},
          {"generate_ms", result.generate_ms},
          {"prompt_tok_s", per_second(result.n_prompt, result.prompt_ms)},
          {"generate_tok_s", per_second(steps(result), result.generate_ms)}}}};
    if (report.reasoning) json["reasoning"] = *report.reasoning;
    if (options.sampling.compiled) {
        json["complete"] = result.finish == generate::FinishReason::stop;
    }
    if (options.n_top) json["logprobs"] = to_json(result.scores, tokenizer);
    if (options.n_shown) json["draws"] = to_json(result.draws, tokenizer);
    // A text may end inside a character, which JSON cannot hold; it is written as U+FFFD.
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_json(const std::vector<generate::Result>& samples, const Options& options,
                    const formats::QuireFile& file, double load_ms) {
    using Json = nlohmann::ordered_json;
    Json list = Json::array();
    double prompt_ms = 0;
    double generate_ms = 0;
    for (const generate::Result& result : samples) {
        list.push_back({{"text", result.text},
                        {"tokens", result.tokens},
                        {"finish_reason", generate::name(result.finish)},
                        {"logits_hash", base::hex(result.logits_hash)}});
        prompt_ms = std::max(prompt_ms, result.prompt_ms);
        generate_ms = std::max(generate_ms, result.generate_ms);
    }
    const Json json{
        {"samples", list},
        {"prompt_tokens", samples.front().n_prompt},
        {"seed", options.sampling.sampler.seed},
        {"model_hash", base::hex(file.model_hash())},
        {"timings",
         {{"load_ms", load_ms}, {"prompt_ms", prompt_ms}, {"generate_ms", generate_ms}}}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string prompt_text(const EncodedPrompt& prompt, const Options& options) {
    if (!options.json) return prompt.text;
    const nlohmann::ordered_json json{{"prompt", prompt.text}, {"tokens", prompt.tokens}};
    return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void say_if_cut(const generate::Result& result, const Options& options) {
    const bool cut = result.finish == generate::FinishReason::length;
    if (cut && options.sampling.compiled) {
        spdlog::warn("the text is incomplete: it ended after {} tokens, before what it must follow",
                     result.tokens.size());
        return;
    }
    if (!cut || options.json || ::isatty(STDERR_FILENO) != 1) return;
    const auto& limit = options.n_predict;
    spdlog::info("ended after {} tokens by {}, not by the model", result.tokens.size(),
                 limit && result.tokens.size() >= *limit ? "-n" : "the size of the context");
}

void say_if_odd(const std::string& prompt, const Options& options) {
    if (options.json || ::isatty(STDERR_FILENO) != 1 || prompt.empty()) return;
    if (prompt.back() != ' ' && prompt.back() != '\t') return;
    spdlog::info(
        "the prompt ends in a space, which usually begins the next token; --heal takes it back");
}

void log_verbose(const Report& report, const Options& options, const formats::QuireFile& file,
                 const char* isa) {
    const generate::Result& result = report.result;
    const int n_threads = options.engine.n_threads;
    spdlog::info("load {:.1f} ms, {} thread{}, {}", report.load_ms, n_threads,
                 n_threads == 1 ? "" : "s", isa);
    spdlog::info("{}", common::describe(options.load, file));
    spdlog::info("prompt {} tokens, {:.1f} ms, {:.1f} tok/s", result.n_prompt, result.prompt_ms,
                 per_second(result.n_prompt, result.prompt_ms));
    spdlog::info("generation {} tokens, {:.1f} ms, {:.1f} tok/s, finish {}", result.tokens.size(),
                 result.generate_ms, per_second(steps(result), result.generate_ms),
                 generate::name(result.finish));
    if (options.engine.max_guesses > 0) {
        spdlog::info("{}: {} tokens guessed, {} of them right",
                     options.draft.empty() ? "lookup" : "draft", report.stats.n_guessed,
                     report.stats.n_right);
    }
    spdlog::info("memory: mapped {}, KV {}, scratch {}", common::human_bytes(file.file_bytes()),
                 common::human_bytes(report.stats.peak_kv_bytes),
                 common::human_bytes(report.scratch_bytes));
    spdlog::info("seed {}, model {}, logits {}", options.sampling.sampler.seed,
                 base::hex(file.model_hash()), base::hex(result.logits_hash));
}

}  // namespace quire::gen
