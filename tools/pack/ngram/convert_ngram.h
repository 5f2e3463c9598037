// Makes a model of counted n-grams from texts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/pack/ngram/kneser_ney.h"

namespace quire::pack {

struct NgramOptions {
    std::uint32_t order = 0;         // tokens of the longest runs
    std::vector<std::string> texts;  // paths; "-" is standard input
    std::string tokenizer;           // see tables_of_tokenizer()
    std::string output;
    std::string name = {};      // of the model, for people; empty: made of the order
    std::uint32_t context = 0;  // positions; 0: kNgramContext
    bool lines = false;         // each line is a document, otherwise each text
    bool overwrite = false;     // the output may replace a file that is not a .quire file
    int n_threads = 1;
};

// Nothing in the model depends on the length of a text, but a context needs a bound.
inline constexpr std::uint32_t kNgramContext = 1U << 20;

struct NgramResult {
    std::size_t n_documents = 0;
    std::size_t n_tokens = 0;
    std::uint32_t vocab_size = 0;
    KneserNey model;
    std::uint64_t file_bytes = 0;
    std::uint64_t model_hash = 0;
    std::size_t n_selftests = 0;
    std::string name;
};

// As convert() does: the output appears under its name only when everything succeeded.
NgramResult convert_ngram(const NgramOptions& options,
                          const std::function<void(const NgramResult&)>& ready = {});

// A table of the orders, their runs and discounts, and the file.
std::string report(const NgramOptions& options, const NgramResult& result, double seconds);

}  // namespace quire::pack
