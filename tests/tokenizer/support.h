// Shared by the tests of tokenizers: the golden tokenizers, and a tokenizer over tables in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/json/json.h"
#include "lib/tokenizer/encode/tokenizer.h"
#include "lib/tokenizer/spec/tokenizer_spec.h"

namespace quire::test {

using Tables = std::map<std::string, std::vector<std::byte>, std::less<>>;

Tables tables_of(const tokenizer::TokenizerSpec& source);

// A tokenizer together with its tables.
class OwningTokenizer {
  public:
    explicit OwningTokenizer(const tokenizer::TokenizerSpec& source)
        : OwningTokenizer(tables_of(source)) {}
    explicit OwningTokenizer(Tables tables);

    const tokenizer::Tokenizer& operator*() const { return *tokenizer_; }
    const tokenizer::Tokenizer* operator->() const { return tokenizer_.get(); }

  private:
    Tables tables_;
    std::unique_ptr<tokenizer::Tokenizer> tokenizer_;
};

std::string golden_path(const std::string& name);  // below tests/golden/tokenizers/
nlohmann::json golden_json(const std::string& name);
std::string golden_text(const std::string& name);

// The spec of a golden tokenizer: "digits", "llama3", "spm", "metaspace".
tokenizer::TokenizerSpec golden_source(const std::string& name);

std::vector<std::uint32_t> parse_ids(const std::string& text);  // "1 2 3"

// The text of the ids, by a DecodeStream that shows control tokens.
std::string decoded(const tokenizer::Tokenizer& tokenizer, const std::vector<std::uint32_t>& ids);

// The message of the Error that `run` throws, or empty if it throws none.
template <typename Run>
std::string error_of(const Run& run) {
    try {
        run();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

}  // namespace quire::test
