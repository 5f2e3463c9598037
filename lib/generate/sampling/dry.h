// DRY ("don't repeat yourself"): a token that would lengthen a repetition gets a penalty that grows
// with the length of what is repeated.
// source: text-generation-webui, pull request 5677; the options are llama.cpp's.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "lib/generate/sampling/token_texts.h"

namespace quire::generate {

struct DryParams {
    float multiplier = 0.0F;           // at least 0; 0: off
    float base = 1.75F;                // at least 1
    std::uint32_t allowed_length = 2;  // repetitions of this many tokens get the least penalty
    std::int64_t last_n = -1;          // how many of the last tokens count; -1: all
    // Repetitions do not reach across these strings.
    std::vector<std::string> breakers = {"\n", ":", "\"", "*"};
};

class Dry {
  public:
    // `texts` must outlive the object.
    Dry(DryParams params, const TokenTexts& texts) : params_(std::move(params)), texts_(texts) {}

    void push(std::uint32_t token);
    // What is subtracted from the logits of tokens, ascending by id. Takes time in proportion to
    // the number of tokens that count.
    std::vector<std::pair<std::uint32_t, float>> penalties() const;

  private:
    bool breaks(std::uint32_t token);

    DryParams params_;
    const TokenTexts& texts_;
    std::vector<std::uint32_t> tokens_;
    std::vector<bool> breaks_;  // for each token: a breaker ends in it
    std::string tail_;          // the end of the text, as long as the longest breaker
};

}  // namespace quire::generate
