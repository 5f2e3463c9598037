#include "lib/text/unigram.h"

#include <algorithm>

#include "lib/base/utf8.h"
#include "lib/text/tokenizer_tables.h"

namespace quire::text {

void Unigram::encode(std::string_view text, std::vector<std::uint32_t>& ids) {
    find_best(text);
    const std::uint32_t unk_id = parts_.settings.unk_id.value_or(kNoId);
    cuts_.clear();
    for (std::size_t end = text.size(); end > 0;) {
        const Node& node = nodes_[end];
        const std::size_t begin = end - node.length;
        if (node.id == unk_id && !cuts_.empty() && cuts_.back().id == unk_id) {
            cuts_.back().begin = static_cast<std::uint32_t>(begin);
        } else {
            cuts_.push_back(
                {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), node.id});
        }
        end = begin;
    }
    std::reverse(cuts_.begin(), cuts_.end());
    for (const Cut& cut : cuts_) {
        if (cut.id == unk_id) {
            push_unknown(text.substr(cut.begin, cut.end - cut.begin), ids);
        } else {
            ids.push_back(cut.id);
        }
    }
}

void Unigram::find_best(std::string_view text) {
    const TokenizerSettings& settings = parts_.settings;
    const std::uint32_t unk_id = settings.unk_id.value_or(kNoId);
    nodes_.assign(text.size() + 1, Node{});
    for (std::size_t begin = 0; begin < text.size();) {
        const auto character =
            static_cast<std::size_t>(base::decode_utf8(text.substr(begin)).length);
        const double here = nodes_[begin].score;
        bool has_character = false;
        std::uint32_t node = Trie::kRoot;
        for (std::size_t at = begin; at < text.size();) {
            node = parts_.trie.child(node, static_cast<unsigned char>(text[at]));
            ++at;
            if (node == Trie::kNoNode) break;
            const std::uint32_t id = parts_.trie.value(node);
            if (id >= parts_.scores.size()) continue;
            offer(nodes_[at], here + parts_.scores[id], at - begin, id);
            if (at - begin == character) has_character = true;
        }
        if (!has_character) {
            offer(nodes_[begin + character], here + settings.unk_score, character, unk_id);
        }
        begin += character;
    }
}

void Unigram::offer(Node& node, double score, std::size_t length, std::uint32_t id) const {
    if (node.length != 0 && !(score > node.score)) return;
    node.score =
        parts_.settings.single_precision ? static_cast<double>(static_cast<float>(score)) : score;
    node.length = static_cast<std::uint32_t>(length);
    node.id = id;
}

void Unigram::push_unknown(std::string_view run, std::vector<std::uint32_t>& ids) const {
    // Characters that are unknown one by one may spell a piece together.
    if (const auto id = parts_.index.find_text(run)) {
        ids.push_back(*id);
        return;
    }
    if (parts_.settings.byte_fallback) {
        for (const char c : run) {
            const std::uint32_t id = parts_.byte_ids[static_cast<unsigned char>(c)];
            if (id != kNoId) ids.push_back(id);
        }
        return;
    }
    if (parts_.settings.unk_id) ids.push_back(*parts_.settings.unk_id);
}

std::size_t Unigram::end_of(std::size_t begin) const {
    const auto cut = std::partition_point(cuts_.begin(), cuts_.end(),
                                          [&](const Cut& c) { return c.begin < begin; });
    return cut == cuts_.end() ? nodes_.size() - 1 : cut->end;
}

}  // namespace quire::text
