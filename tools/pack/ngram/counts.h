// Counts the runs of 1 to N tokens of a text.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace quire::pack {

// What stands around each document. Without a start, the first tokens have shorter contexts; without an
// end, none is counted.
struct Borders {
    std::optional<std::uint32_t> start;
    std::optional<std::uint32_t> end;
};

// The documents of a text, one behind the other.
class Documents {
  public:
    // vocab_size: the number of tokens, at most 2^24.
    Documents(const Borders& borders, std::uint32_t vocab_size)
        : borders_(borders), vocab_size_(vocab_size) {}

    // A document of these tokens, each below vocab_size; one without tokens is left out.
    void add(std::span<const std::uint32_t> tokens);

    std::uint32_t vocab_size() const noexcept { return vocab_size_; }
    // What begins each document in stream(): borders.start, or a mark that is no token.
    std::uint32_t start() const noexcept { return borders_.start.value_or(vocab_size_); }
    std::size_t n_documents() const noexcept { return n_documents_; }
    std::size_t n_tokens() const noexcept { return n_tokens_; }  // without borders
    // Each document with its borders, and kBreak behind it.
    std::span<const std::uint32_t> stream() const noexcept { return stream_; }
    static constexpr std::uint32_t kBreak = UINT32_MAX;

  private:
    Borders borders_;
    std::uint32_t vocab_size_;
    std::vector<std::uint32_t> stream_;
    std::size_t n_documents_ = 0;
    std::size_t n_tokens_ = 0;
};

// The runs of n tokens that a text has, in the order of their tokens.
struct CountLevel {
    std::vector<std::uint32_t> first;   // where the stream has the run first
    std::vector<std::uint64_t> counts;  // how often
    std::vector<bool> opens;            // whether it begins a document
    std::vector<std::uint32_t> begin;   // its continuations on the next level; one more than runs
    std::vector<std::uint32_t>
        run_at;  // by place in the stream: the run there; kNone: there is none
    static constexpr std::uint32_t kNone = UINT32_MAX;

    std::size_t size() const noexcept { return first.size(); }
};

// Levels 1 to `order`. Error{input} for a text of 2^32 tokens or more.
std::vector<CountLevel> count_runs(const Documents& documents, std::size_t order, int n_threads);

}  // namespace quire::pack
