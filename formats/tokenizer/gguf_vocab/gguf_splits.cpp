#include "formats/tokenizer/gguf_vocab/gguf_splits.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lib/tokenizer/spec/patterns.h"

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
    deepseek_llm,
    jais2,
    spark,
    youtu,
    chameleon,
    tiny_aya,
    kimi_k2,
    superbpe,
    afmoe,
    exaone_moe,
    spaces_escaped,
    spaces_escaped_gemma,
    whitespace,
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
    {"viking", Split::viking}, {"deepseek-llm", Split::deepseek_llm}, {"jais-2", Split::jais2},
    {"spark2_5", Split::spark}, {"youtu", Split::youtu}, {"chameleon", Split::chameleon},
    {"tiny_aya", Split::tiny_aya}, {"cohere2moe", Split::tiny_aya}, {"kimi-k2", Split::kimi_k2},
    {"superbpe", Split::superbpe}, {"afmoe", Split::afmoe}, {"exaone-moe", Split::exaone_moe},
    {"sarvam-moe", Split::spaces_escaped}, {"gemma4", Split::spaces_escaped_gemma},
    {"granite-embed-multi-311m", Split::spaces_escaped_gemma}, {"whitespace", Split::whitespace},
    // clang-format on
});

// The letters that DeepSeek LLM lists: those with case, of an older version of Unicode.
constexpr const char* kDeepseekLetters =
    R"(A-Za-z\x{B5}\x{C0}-\x{D6}\x{D8}-\x{F6}\x{F8}-\x{1BA}\x{1)"
    R"(BC}-\x{1BF}\x{1C4}-\x{293}\x{295}-\x{2AF}\x{370}-\x{373})"
    R"(\x{376}\x{377}\x{37B}-\x{37D}\x{37F}\x{386}\x{388}-\x{38)"
    R"(A}\x{38C}\x{38E}-\x{3A1}\x{3A3}-\x{3F5}\x{3F7}-\x{481}\x)"
    R"({48A}-\x{52F}\x{531}-\x{556}\x{10A0}-\x{10C5}\x{13A0}-\x)"
    R"({13F5}\x{13F8}-\x{13FD}\x{1C90}-\x{1CBA}\x{1CBD}-\x{1CBF)"
    R"(}\x{1D00}-\x{1D2B}\x{1D6B}-\x{1D77}\x{1D79}-\x{1D9A}\x{1)"
    R"(E00}-\x{1F15}\x{1F18}-\x{1F1D}\x{1F20}-\x{1F45}\x{1F48}-)"
    R"(\x{1F4D}\x{1F50}-\x{1F57}\x{1F59}\x{1F5B}\x{1F5D}\x{1F5F)"
    R"(}-\x{1F7D}\x{1F80}-\x{1FB4}\x{1FB6}-\x{1FBC}\x{1FBE}\x{1)"
    R"(FC2}-\x{1FC4}\x{1FC6}-\x{1FCC}\x{1FD0}-\x{1FD3}\x{1FD6}-)"
    R"(\x{1FDB}\x{1FE0}-\x{1FEC}\x{1FF2}-\x{1FF4}\x{1FF6}-\x{1F)"
    R"(FC}\x{2102}\x{2107}\x{210A}-\x{2113}\x{2115}\x{2119}-\x{)"
    R"(211D}\x{2124}\x{2126}\x{2128}\x{212A}-\x{212D}\x{212F}-\)"
    R"(x{2134}\x{2139}\x{213C}-\x{213F}\x{2145}-\x{2149}\x{214E)"
    R"(}\x{2183}\x{2184}\x{2C00}-\x{2C7B}\x{2C7E}-\x{2CE4}\x{2C)"
    R"(EB}-\x{2CEE}\x{2CF2}\x{2CF3}\x{A640}-\x{A66D}\x{A680}-\x)"
    R"({A69B}\x{A722}-\x{A76F}\x{A771}-\x{A787}\x{A78B}-\x{A78E)"
    R"(}\x{AB70}-\x{ABBF}\x{FB00}-\x{FB06}\x{FB13}-\x{FB17}\x{F)"
    R"(F21}-\x{FF3A}\x{FF41}-\x{FF5A}\x{10400}-\x{1044F}\x{104B)"
    R"(0}-\x{104D3}\x{104D8}-\x{104FB}\x{10C80}-\x{10CB2}\x{10C)"
    R"(C0}-\x{10CF2}\x{118A0}-\x{118DF}\x{1E900}-\x{1E943})";

// The words of o200k, for letters that are not Han.
constexpr const char* kKimiPattern =
    R"([\p{Han}]+|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]+)"
    R"([\p{Ll}\p{Lm}\p{Lo}\p{M}&&[^\p{Han}]]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

constexpr const char* kJaisPattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s{512}(?!\S)|\s{256}(?!\S)|\s{128}(?!\S)|)"
    R"(\s{64}(?!\S)|\s{32}(?!\S)|\s{16}(?!\S)|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1})";

constexpr const char* kYoutuPattern =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|)"
    R"(\s+(?!\S)|\s+)";

// The words of DeepSeek 3, with other ends of punctuation and lines.
constexpr const char* kSparkPattern =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|)"
    R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+|[\r\n]|\s+(?!\S)|\s+)";
constexpr const char* kDeepseek3Pattern =
    R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]\^_`{|}~][A-Za-z]+|)"
    R"([^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|)"
    R"(\s*[\r\n]+|\s+(?!\S)|\s+)";

// Japanese, Chinese, Korean, Thai, Lao, Khmer, Burmese.
constexpr const char* kAsianPattern =
    R"([\x{4E00}-\x{9FFF}\x{3400}-\x{4DBF}\x{F900}-\x{FAFF}\x{3040}-\x{309F})"
    R"(\x{30A0}-\x{30FF}\x{FF65}-\x{FF9F}\x{2F00}-\x{2FDF}\x{E40}-\x{E7F})"
    R"(\x{E80}-\x{EFF}\x{1780}-\x{17FF}\x{1000}-\x{109F}\x{AA60}-\x{AA7F})"
    R"(\x{A9E0}-\x{A9FF}\x{AC00}-\x{D7AF}\x{1100}-\x{11FF}]+)";

constexpr const char* kBloomPattern =
    R"( ?[^(\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+)";

GgufSplit made_of_rarer(Split split) {
    switch (split) {
        case Split::deepseek_llm:
            return {
                .steps = {
                    R"([\r\n])", std::string(R"(\s?[)") + kDeepseekLetters + "]+",
                    R"(\s?[!-/:-~\x{FF01}-\x{FF0F}\x{FF1A}-\x{FF5E}\x{2018}-\x{201F}\x{3000}-\x{3002}]+)",
                    R"(\s+$)", R"([\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+)", R"(\p{N})"}};
        case Split::jais2:
            return {.steps = {kJaisPattern}};
        case Split::spark:
            return {.steps = {R"(\p{N}{1,3})", R"([\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+)",
                              kSparkPattern, R"(\p{N})"}};
        case Split::youtu:
            return {.steps = {R"([\uAC00-\uD7A3\u3131-\u318E]+|)"
                              R"([\uFF01\u2026\u201C\u201D\u2018\u2019\u2014\uFF1A\uFF1B\uFF0C)"
                              R"(\u3001-\u303F\uFE30-\uFE4F]+|[\u3105-\u312F]+|)"
                              R"([\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+)",
                              kYoutuPattern},
                    .ignore_merges = true};
        case Split::chameleon:
            return {.steps = {R"(<sentinel:[0-9]+>)", R"((IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z)",
                              R"(([\t\n]|    |  ))", tokenizer::kOneDigitPattern,
                              R"([\p{P}!-/:-@\[-`{-~])", tokenizer::kGpt2Pattern},
                    .add_bos = true};
        case Split::tiny_aya:
            return {.steps = {R"(\d{1,3}(?=(?:\d{3})*\b))", tokenizer::kO200kPattern}};
        case Split::kimi_k2:
            return {.steps = {kKimiPattern}};
        case Split::superbpe:
            return {.steps = {R"(\p{N}+)", R"((?=(\d{3})+(?!\d)))"}};
        case Split::afmoe:
            return {.steps = {R"(\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N})))", kAsianPattern,
                              kDeepseek3Pattern}};
        case Split::exaone_moe:
            return {.steps = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|)"
                              R"([^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}|)"
                              R"( ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+)"}};
        case Split::spaces_escaped:
            return {.steps = {}, .symbols = GgufSplit::Symbols::characters};
        case Split::spaces_escaped_gemma:
            return {.steps = {}, .add_bos = true, .symbols = GgufSplit::Symbols::characters};
        case Split::whitespace: {
            GgufSplit words{.steps = {R"(\S+)"}, .symbols = GgufSplit::Symbols::words};
            words.steps.back().drop_gaps = true;
            return words;
        }
        case Split::old_default:
            return {.steps = {R"([\p{P}\$\+<=>\^\~\|]+)",
                              R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|)"
                              R"(\s+(?!\S))",
                              R"(\p{N}+)", R"([0-9][0-9][0-9])"}};
        default:
            return {};
    }
}

GgufSplit made(Split split) {
    switch (split) {
        case Split::gpt2:
            return {.steps = {tokenizer::kGpt2Pattern}};
        case Split::digits_gpt2:
            return {.steps = {tokenizer::kOneDigitPattern, tokenizer::kGpt2Pattern}};
        case Split::llama3:
            return {.steps = {tokenizer::kLlama3Pattern}, .ignore_merges = true, .add_bos = true};
        case Split::cl100k:
            return {.steps = {tokenizer::kLlama3Pattern}};
        case Split::glm4:
            return {.steps = {tokenizer::kLlama3Pattern}, .ignore_merges = true};
        case Split::minicpm5:
            return {.steps = {R"(\p{N}{1,3})",
                              R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}+|)"
                              R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"},
                    .ignore_merges = true};
        case Split::qwen2:
            return {.steps = {tokenizer::kQwen2Pattern}};
        case Split::qwen35:
            return {
                .steps = {R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}|)"
                          R"( ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};
        case Split::ufakzeka:
            return {.steps = {R"([^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
                              R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"}};
        case Split::laguna:
            return {.steps = {R"([^\n]+|[\n]+)", tokenizer::kQwen2Pattern}};
        case Split::o200k:
            return {.steps = {tokenizer::kO200kPattern}};
        case Split::o200k_whole:
            return {.steps = {tokenizer::kO200kPattern}, .ignore_merges = true};
        case Split::tekken:
            return {.steps = {tokenizer::kTekkenPattern}, .ignore_merges = true, .add_bos = true};
        case Split::falcon:
            return {.steps = {R"([\p{P}\$\+<=>\^\~\|`]+)", tokenizer::kGpt2Pattern,
                              R"([0-9][0-9][0-9])"}};
        case Split::deepseek_coder:
            return {.steps = {R"([\r\n])", R"(\s?\p{L}+)", R"(\s?\p{P}+)",
                              R"([\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+)", R"(\p{N})"}};
        case Split::deepseek3:
            return {.steps = {R"(\p{N}{1,3})", R"([\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+)",
                              kDeepseek3Pattern}};
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
        default:
            return made_of_rarer(split);
    }
}

}  // namespace

std::optional<GgufSplit> gguf_split(std::string_view name) {
    const auto known = std::find_if(kSplits.begin(), kSplits.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    if (known == kSplits.end()) return std::nullopt;
    return made(known->second);
}

}  // namespace quire::formats
