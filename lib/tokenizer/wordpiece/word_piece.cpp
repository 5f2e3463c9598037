#include "lib/tokenizer/wordpiece/word_piece.h"

#include <algorithm>

#include "lib/base/utf8.h"

namespace quire::tokenizer {

WordPiece::WordPiece(const Trie& trie, const Options& options) : trie_(trie), options_(options) {
    if (trie.empty()) return;  // not a WordPiece tokenizer
    continuing_root_ = Trie::kRoot;
    for (const char c : options.continuing_prefix) {
        if (continuing_root_ == Trie::kNoNode) break;
        continuing_root_ = trie.child(continuing_root_, static_cast<unsigned char>(c));
    }
}

void WordPiece::encode(std::string_view word, std::vector<std::uint32_t>& ids) const {
    const std::size_t before = ids.size();
    const auto unknown = [&] {
        ids.resize(before);
        ids.push_back(options_.unk_id);
    };
    if (word.size() > options_.max_word_characters) {
        const auto n_characters = std::count_if(word.begin(), word.end(),
                                                [](char c) { return !base::is_continuation(c); });
        if (static_cast<std::size_t>(n_characters) > options_.max_word_characters) return unknown();
    }
    for (std::size_t begin = 0; begin < word.size();) {
        std::uint32_t node = begin == 0 ? Trie::kRoot : continuing_root_;
        std::uint32_t id = 0;
        std::size_t end = begin;
        for (std::size_t at = begin; node != Trie::kNoNode && at < word.size();) {
            node = trie_.child(node, static_cast<unsigned char>(word[at]));
            ++at;
            if (node == Trie::kNoNode) break;
            const std::uint32_t value = trie_.value(node);
            if (value < options_.n_pieces) {
                id = value;
                end = at;
            }
        }
        if (end == begin) return unknown();
        ids.push_back(id);
        begin = end;
    }
}

}  // namespace quire::tokenizer
