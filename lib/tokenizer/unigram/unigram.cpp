#include "lib/tokenizer/unigram/unigram.h"

#include <algorithm>

#include "lib/base/utf8.h"
#include "lib/tokenizer/spec/layout.h"

namespace quire::tokenizer {

namespace {

double rounded(double score) {
    return static_cast<double>(static_cast<float>(score));
}

}  // namespace

void Unigram::encode(std::string_view text, std::vector<std::uint32_t>& ids) {
    find_best(text);
    const std::uint32_t unk_id = tables_.settings.unk_id.value_or(kNoId);
    const std::uint32_t n_tokens =
        tables_.settings.n_tokens > 0 ? tables_.settings.n_tokens : kNoId;
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
            ids.push_back(cut.id < n_tokens ? cut.id : unk_id);
        }
    }
}

void Unigram::find_best(std::string_view text) {
    const TokenizerConfig& settings = tables_.settings;
    const std::uint32_t unk_id = settings.unk_id.value_or(kNoId);
    nodes_.assign(text.size() + 1, Node{});
    reached_ = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto character =
            static_cast<std::size_t>(base::decode_utf8(text.substr(begin)).length);
        const double here = rebase(begin);
        bool has_character = false;
        std::uint32_t node = Trie::kRoot;
        for (std::size_t at = begin; at < text.size();) {
            node = tables_.trie.child(node, static_cast<unsigned char>(text[at]));
            ++at;
            if (node == Trie::kNoNode) break;
            const std::uint32_t id = tables_.trie.value(node);
            if (id >= tables_.scores.size()) continue;
            reached_ = std::max(reached_, at);
            offer(nodes_[at], here + tables_.scores[id], at - begin, id);
            if (at - begin == character) has_character = true;
        }
        if (!has_character) {
            reached_ = std::max(reached_, begin + character);
            offer(nodes_[begin + character], here + settings.unk_score, character, unk_id);
        }
        begin += character;
    }
}

// Returns the score of the best way to `begin`. As SentencePiece does, once the score is too large,
// subtracts it from all open nodes first.
double Unigram::rebase(std::size_t begin) {
    constexpr double kMaxScore = 100000;
    const double here = nodes_[begin].score;
    const bool rebases = tables_.settings.single_precision && !tables_.settings.compares_unrounded;
    if (!rebases || (here >= -kMaxScore && here <= kMaxScore)) return here;
    for (std::size_t i = begin; i <= reached_; ++i) {
        if (i == begin || nodes_[i].length != 0) nodes_[i].score = rounded(nodes_[i].score - here);
    }
    return 0;
}

void Unigram::offer(Node& node, double score, std::size_t length, std::uint32_t id) const {
    const TokenizerConfig& settings = tables_.settings;
    // Adding two 32-bit numbers in 64 bits and rounding to 32 gives the same as adding in 32 bits.
    if (settings.single_precision && !settings.compares_unrounded) score = rounded(score);
    if (node.length != 0 && !(score > node.score)) return;
    node.score = settings.single_precision ? rounded(score) : score;
    node.length = static_cast<std::uint32_t>(length);
    node.id = id;
}

void Unigram::push_unknown(std::string_view run, std::vector<std::uint32_t>& ids) const {
    // Characters that are unknown on their own may form a piece together.
    if (const auto id = tables_.index.find_text(run)) {
        ids.push_back(*id);
        return;
    }
    const auto id_of = [&](char c) { return tables_.byte_ids[static_cast<unsigned char>(c)]; };
    if (tables_.settings.byte_fallback &&
        std::all_of(run.begin(), run.end(), [&](char c) { return id_of(c) != kNoId; })) {
        for (const char c : run) ids.push_back(id_of(c));
        return;
    }
    if (tables_.settings.unk_id) ids.push_back(*tables_.settings.unk_id);
}

std::size_t Unigram::end_of(std::size_t begin) const {
    const auto cut = std::partition_point(cuts_.begin(), cuts_.end(),
                                          [&](const Cut& c) { return c.begin < begin; });
    return cut == cuts_.end() ? nodes_.size() - 1 : cut->end;
}

}  // namespace quire::tokenizer
