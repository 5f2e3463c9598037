#include "formats/vocab/gguf_splits.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/text/byte_level.h"

namespace quire::formats {

namespace {

enum class Split : std::uint8_t {
    gpt2,
    digits_gpt2,
    llama3,
    cl100k,
    glm4,
    minicpm5,
    qwen2,
    qwen35,
    ufakzeka,
    laguna,
    o200k,
    o200k_whole,
    tekken,
    falcon,
    deepseek_coder,
    deepseek3,
    seed_coder,
    bailing,
    bloom,
    viking,
    old_default,
};

constexpr auto kSplits = std::to_array<std::pair<std::string_view, Split>>({
    // clang-format off
    {"default", Split::old_default},
    {"gpt-2", Split::gpt2}, {"phi-2", Split::gpt2}, {"mpt", Split::gpt2}, {"olmo", Split::gpt2},
    {"jais", Split::gpt2}, {"jina-es", Split::gpt2}, {"jina-de", Split::gpt2},
    {"jina-v2-es", Split::gpt2}, {"jina-v2-de", Split::gpt2}, {"jina-v1-en", Split::gpt2},
    {"jina-v2-code", Split::gpt2}, {"roberta-bpe", Split::gpt2}, {"gigachat", Split::gpt2},
    {"a.x-4.0", Split::gpt2}, {"mellum", Split::gpt2}, {"modern-bert", Split::gpt2},
    {"trillion", Split::gpt2}, {"granite-docling", Split::gpt2}, {"exaone4", Split::gpt2},
    {"smollm", Split::digits_gpt2}, {"starcoder", Split::digits_gpt2},
    {"refact", Split::digits_gpt2}, {"command-r", Split::digits_gpt2},
    {"codeshell", Split::digits_gpt2}, {"exaone", Split::digits_gpt2},
    {"minerva-7b", Split::digits_gpt2}, {"mellum2", Split::digits_gpt2},
    {"llama-bpe", Split::llama3}, {"llama3", Split::llama3}, {"llama-v3", Split::llama3},
    {"falcon3", Split::llama3}, {"falcon-h1", Split::llama3}, {"pixtral", Split::llama3},
    {"midm-2.0", Split::llama3}, {"lfm2", Split::llama3}, {"jina-v5-nano", Split::llama3},
    {"dbrx", Split::cl100k}, {"smaug-bpe", Split::cl100k}, {"chatglm-bpe", Split::cl100k},
    {"glm4", Split::glm4}, {"glm5", Split::glm4},
    {"minicpm5", Split::minicpm5},
    {"qwen2", Split::qwen2}, {"deepseek-r1-qwen", Split::qwen2}, {"kormo", Split::qwen2},
    {"f2llmv2", Split::qwen2}, {"stablelm2", Split::qwen2}, {"megrez", Split::qwen2},
    {"hunyuan", Split::qwen2}, {"solar-open", Split::qwen2}, {"grok-2", Split::qwen2},
    {"qwen35", Split::qwen35}, {"ufakzeka", Split::ufakzeka}, {"laguna", Split::laguna},
    {"gpt-4o", Split::o200k}, {"llama4", Split::o200k}, {"kanana2", Split::o200k},
    {"talkie", Split::o200k}, {"minimax-m2", Split::o200k},
    {"granite-embed-multi-97m", Split::o200k_whole},
    {"tekken", Split::tekken},
    {"falcon", Split::falcon},
    {"deepseek-coder", Split::deepseek_coder},
    {"deepseek-v3", Split::deepseek3}, {"hunyuan-dense", Split::deepseek3},
    {"joyai-llm", Split::deepseek3}, {"hy_v4", Split::deepseek3},
    {"seed-coder", Split::seed_coder},
    {"bailingmoe", Split::bailing}, {"bailingmoe2", Split::bailing}, {"llada-moe", Split::bailing},
    {"bloom", Split::bloom}, {"poro-chat", Split::bloom}, {"gpt3-finnish", Split::bloom},
    {"viking", Split::viking},
    // clang-format on
});

constexpr const char* kBloomPattern =
    R"( ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+)";

GgufSplit made(Split split) {
    switch (split) {
        case Split::gpt2:
            return {.steps = {text::kGpt2Pattern}};
        case Split::digits_gpt2:
            return {.steps = {text::kOneDigitPattern, text::kGpt2Pattern}};
        case Split::llama3:
            return {.steps = {text::kLlama3Pattern}, .ignore_merges = true, .add_bos = true};
        case Split::cl100k:
            return {.steps = {text::kLlama3Pattern}};
        case Split::glm4:
            return {.steps = {text::kLlama3Pattern}, .ignore_merges = true};
        case Split::minicpm5:
            return {.steps = {R"(\p{N}{1,3})",
                              R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+|)"
                              R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
                    .ignore_merges = true};
        case Split::qwen2:
            return {.steps = {text::kQwen2Pattern}};
        case Split::qwen35:
            return {
                .steps = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|)"
                          R"( ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};
        case Split::ufakzeka:
            return {.steps = {R"([^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
                              R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};
        case Split::laguna:
            return {.steps = {R"([^\n]+|[\n]+)", text::kQwen2Pattern}};
        case Split::o200k:
            return {.steps = {text::kO200kPattern}};
        case Split::o200k_whole:
            return {.steps = {text::kO200kPattern}, .ignore_merges = true};
        case Split::tekken:
            return {.steps = {text::kTekkenPattern}, .ignore_merges = true, .add_bos = true};
        case Split::falcon:
            return {
                .steps = {R"([\p{P}\$\+<=>\^\~\|`]+)", text::kGpt2Pattern, R"([0-9][0-9][0-9])"}};
        case Split::deepseek_coder:
            return {.steps = {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)",
                              R"([\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+)", R"(\p{N})"}};
        case Split::deepseek3:
            return {.steps = {R"(\p{N}{1,3})", R"([\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+)",
                              R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]\^_`{|}~][A-Za-z]+|)"
                              R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|)"
                              R"(\s*[\r\n]+|\s+(?!\S)|\s+)"}};
        case Split::seed_coder:
            return {.steps = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
                              R"( ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+)"}};
        case Split::bailing:
            return {.steps = {R"('(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}|)"
                              R"( ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+)"}};
        case Split::bloom:
            return {.steps = {kBloomPattern}};
        case Split::viking:
            return {.steps = {kBloomPattern, R"(\p{N})"}};
        case Split::old_default:
            return {.steps = {R"([\p{P}\$\+<=>\^\~\|]+)",
                              R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|)"
                              R"(\s+(?!\S))",
                              R"(\p{N}+)", R"([0-9][0-9][0-9])"}};
    }
    return {};
}

}  // namespace

std::optional<GgufSplit> gguf_split(std::string_view name) {
    const auto known = std::find_if(kSplits.begin(), kSplits.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (known == kSplits.end()) return std::nullopt;
    return made(known->second);
}

}  // namespace quire::formats
