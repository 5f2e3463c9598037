// The tokens of a model as texts of bytes: what a constraint chooses among. Made once for a model.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "lib/generate/constraints/machine/trie.h"
#include "lib/tokenizer/encode/tokenizer.h"

namespace quire::constraints {

struct ItemMask;

class Vocabulary {
  public:
    // `tokenizer` must outlive the object. Takes about 100 ms for 256,000 tokens.
    explicit Vocabulary(const tokenizer::Tokenizer& tokenizer);
    // Of these texts; an empty one is never allowed. end: the token that ends a text.
    Vocabulary(const std::vector<std::string>& texts, std::vector<std::uint32_t> ends);
    ~Vocabulary();

    std::size_t size() const noexcept { return begins_.size() - 1; }
    // Its bytes; of a control token kControl and its name.
    std::string_view text(std::uint32_t token) const noexcept {
        return token < size() ? std::string_view(bytes_).substr(begins_[token],
                                                                begins_[token + 1] - begins_[token])
                              : std::string_view();
    }
    const std::vector<std::uint32_t>& ends() const noexcept { return ends_; }
    const Trie& trie() const noexcept { return trie_; }
    // The ids of a text that continues another, whose texts together are this text.
    std::vector<std::uint32_t> divide(std::string_view text) const;

    // Begins the text of a control token; never a byte of a text.
    static constexpr char kControl = '\xFF';

    // The mask of any JSON string, which many constraints need: made once by whoever comes first.
    std::shared_ptr<const ItemMask> any_string() const;
    void keep_any_string(std::shared_ptr<const ItemMask> mask) const;
    // For each token that begins between two characters of a JSON string: 2 for every character up to
    // the closing quotation mark or the token's end, one that is not complete counted, and 1 if the
    // mark is there. Made when it is first needed.
    const std::vector<std::uint16_t>& string_characters() const;

  private:
    void finish(const std::vector<std::string>& texts);
    std::vector<std::uint32_t> divide_greedily(std::string_view text) const;

    const tokenizer::Tokenizer* tokenizer_ = nullptr;
    std::string bytes_;
    std::vector<std::size_t> begins_{0};
    std::vector<std::uint32_t> ends_;
    Trie trie_;
    mutable std::mutex mutex_;
    mutable std::shared_ptr<const ItemMask> any_string_;
    mutable std::vector<std::uint16_t> characters_;
};

}  // namespace quire::constraints
