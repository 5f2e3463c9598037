// Rules about text: DRY and banned strings.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "lib/generate/sampling/banned_strings.h"
#include "lib/generate/sampling/dry.h"
#include "lib/generate/sampling/required_prefix.h"

using namespace quire;

namespace {

const std::vector<std::string> kPieces{"a", "b", "ab", "ba", "aab", "b\n", ":", "", "c"};

// By the definition, in quadratic time: for every earlier place, how many tokens before it equal
// the last ones of the text.
std::map<std::uint32_t, double> slow_penalties(const generate::DryParams& params,
                                               std::vector<std::uint32_t> tokens) {
    if (params.last_n >= 0 && tokens.size() > static_cast<std::size_t>(params.last_n)) {
        tokens.erase(tokens.begin(), tokens.end() - params.last_n);
    }
    const auto breaks = [&](std::uint32_t token) {
        return kPieces[token].find('\n') != std::string::npos || kPieces[token] == ":";
    };
    std::map<std::uint32_t, double> out;
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        std::size_t length = 0;
        while (length < i && tokens[i - 1 - length] == tokens[tokens.size() - 1 - length] &&
               !breaks(tokens[tokens.size() - 1 - length])) {
            ++length;
        }
        if (length < params.allowed_length || breaks(tokens[i])) continue;
        const double penalty =
            double{params.multiplier} *
            std::pow(double{params.base}, static_cast<double>(length - params.allowed_length));
        out[tokens[i]] = std::max(out[tokens[i]], std::min(penalty, 1e30));
    }
    return out;
}

}  // namespace

TEST_CASE("dry: penalties are those of the definition") {
    const generate::TokenTexts texts(kPieces);
    std::mt19937 engine(1);
    const auto rng = [&] { return static_cast<std::uint32_t>(engine()); };
    for (int round = 0; round < 400; ++round) {
        generate::DryParams params;
        params.multiplier = 0.8F;
        params.allowed_length = 1 + rng() % 3;
        params.last_n = round % 3 == 0 ? -1 : static_cast<std::int64_t>(rng() % 40);
        params.breakers = {"\n", ":"};
        const std::uint32_t n_kinds = 2 + rng() % 7;
        generate::Dry dry(params, texts);
        std::vector<std::uint32_t> tokens;
        for (std::size_t i = rng() % 60; i > 0; --i) {
            tokens.push_back(rng() % n_kinds);
            dry.push(tokens.back());
        }
        const auto expected = slow_penalties(params, tokens);
        const auto found = dry.penalties();
        REQUIRE(found.size() == expected.size());
        auto each = expected.begin();
        for (const auto& penalty : found) {
            CHECK(penalty.first == each->first);
            CHECK(double{penalty.second} == doctest::Approx(each->second).epsilon(1e-6));
            ++each;
        }
    }
}

TEST_CASE("dry: a string that breaks repetitions may lie in several tokens") {
    const generate::TokenTexts texts(kPieces);
    generate::DryParams params;
    params.multiplier = 1.0F;
    params.breakers = {"bab"};
    generate::Dry dry(params, texts);
    // "a c a c": the last two tokens stood before, followed by "a".
    for (const std::uint32_t token : {0U, 8U, 0U, 8U}) dry.push(token);
    CHECK(dry.penalties() == std::vector<std::pair<std::uint32_t, float>>{{0U, 1.0F}});
    // "ba" + "b" completes the breaker, so nothing reaches across it.
    for (const std::uint32_t token : {3U, 1U, 3U, 1U}) dry.push(token);
    CHECK(dry.penalties().empty());
}

TEST_CASE("banned strings: exactly the tokens that would complete one are left out") {
    const generate::TokenTexts texts(kPieces);
    const std::vector<std::string> banned{"aba", "bb", "", "a\n"};
    std::mt19937 engine(2);
    const auto rng = [&] { return static_cast<std::uint32_t>(engine()); };
    for (int round = 0; round < 100; ++round) {
        generate::BannedStrings rules(banned, texts);
        std::string text;
        for (int i = 0; i < 30; ++i) {
            std::vector<std::uint32_t> expected;
            for (std::uint32_t id = 0; id < kPieces.size(); ++id) {
                const std::string longer = text + kPieces[id];
                const bool completes = std::ranges::any_of(banned, [&](const std::string& string) {
                    return !string.empty() && longer.find(string) != std::string::npos;
                });
                if (completes) expected.push_back(id);
            }
            CHECK(rules.completing() == expected);
            std::uint32_t next = 0;
            do {
                next = rng() % static_cast<std::uint32_t>(kPieces.size());
            } while (std::ranges::find(expected, next) != expected.end());
            text += kPieces[next];
            rules.push(next);
        }
    }
}

TEST_CASE("required prefix: every way in which tokens may divide it, and no other") {
    const generate::TokenTexts texts(kPieces);
    constexpr float kNever = -1e30F;
    for (const std::string prefix : {"a", "ab", "aab", "ba", "c", "abab"}) {
        std::mt19937 engine(4);
        const auto rng = [&] { return static_cast<std::uint32_t>(engine()); };
        for (int round = 0; round < 20; ++round) {
            generate::RequiredPrefix rule(prefix, texts);
            std::string text;
            while (!rule.done()) {
                std::vector<float> logits(kPieces.size() + 2, 1.0F);
                rule.exclude_others(logits, kNever);
                std::vector<std::uint32_t> allowed;
                for (std::uint32_t id = 0; id < logits.size(); ++id) {
                    if (logits[id] == 1.0F) allowed.push_back(id);
                }
                std::vector<std::uint32_t> expected;
                for (std::uint32_t id = 0; id < kPieces.size(); ++id) {
                    const std::string longer = text + kPieces[id];
                    const bool fits = longer.starts_with(prefix) || prefix.starts_with(longer);
                    if (!kPieces[id].empty() && fits) expected.push_back(id);
                }
                REQUIRE(allowed == expected);
                REQUIRE(!allowed.empty());
                const std::uint32_t token = allowed[rng() % allowed.size()];
                text += kPieces[token];
                rule.push(token);
            }
            CHECK(text.starts_with(prefix));
        }
    }
}
