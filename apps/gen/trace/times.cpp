#include "apps/gen/trace/times.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "lib/model/profile.h"

namespace quire::gen {

namespace {

constexpr std::size_t kPromptPass = 512;  // tokens of a pass, as in gen
// Of short texts the shortest of so many times is taken: other processes disturb a few milliseconds easily.
constexpr std::size_t kRounds = 5;

std::vector<OperationTime> measure(const model::Model& model, model::Workspace& workspace,
                                   std::span<const std::uint32_t> tokens,
                                   const model::PassControl& given) {
    model::KvCache cache(model.kv_layout);
    model::Buffer<float> logits(model::logits_stride(model.spec));
    const auto pass = [&](std::span<const std::uint32_t> part, std::size_t n_results,
                          model::Profile& profile) {
        model::PassControl control = given;
        control.profile = &profile;
        const std::array<model::SequenceInput, 1> input{
            {{.cache = &cache, .tokens = part, .n_results = n_results}}};
        model::forward(model, workspace, input, logits.data(), control);
    };
    model::Profile prompt;
    model::Profile token;
    const std::size_t n_prompt = tokens.size() - 1;
    for (std::size_t begin = 0; begin < n_prompt; begin += kPromptPass) {
        const std::size_t end = std::min(n_prompt, begin + kPromptPass);
        pass(tokens.subspan(begin, end - begin), end == n_prompt ? 1 : 0, prompt);
    }
    pass(tokens.last(1), 1, token);
    std::vector<OperationTime> times;
    for (std::size_t i = 0; i < model::kOperationNames.size(); ++i) {
        const auto operation = static_cast<model::Operation>(i);
        times.push_back({model::kOperationNames[i], 1000 * prompt.seconds(operation),
                         1000 * token.seconds(operation)});
    }
    return times;
}

}  // namespace

std::vector<OperationTime> times_of(const model::Model& model,
                                    std::span<const std::uint32_t> tokens,
                                    const model::PassControl& control) {
    model::Workspace workspace(model.spec, std::min(kPromptPass, tokens.size()), control.n_threads);
    std::vector<OperationTime> times;
    const std::size_t n_rounds = tokens.size() <= kPromptPass ? kRounds : 1;
    for (std::size_t round = 0; round < n_rounds; ++round) {
        const std::vector<OperationTime> found = measure(model, workspace, tokens, control);
        if (round == 0) times = found;
        for (std::size_t i = 0; i < times.size(); ++i) {
            times[i].prompt_ms = std::min(times[i].prompt_ms, found[i].prompt_ms);
            times[i].token_ms = std::min(times[i].token_ms, found[i].token_ms);
        }
    }
    return times;
}

nlohmann::ordered_json times_json(const std::vector<OperationTime>& times) {
    const auto rounded = [](double ms) { return std::round(ms * 1000) / 1000; };
    auto list = nlohmann::ordered_json::array();
    for (const OperationTime& time : times) {
        list.push_back({{"operation", time.operation},
                        {"prompt_ms", rounded(time.prompt_ms)},
                        {"token_ms", rounded(time.token_ms)}});
    }
    return list;
}

}  // namespace quire::gen
