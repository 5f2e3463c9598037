#include "lib/generate/constraints/machine/vocabulary.h"

#include <algorithm>

#include "lib/generate/constraints/machine/masks.h"
#include "lib/generate/constraints/text/text_walk.h"
#include "lib/tokenizer/encode/decode_stream.h"
#include "lib/tokenizer/encode/encoder.h"

namespace quire::constraints {

Vocabulary::Vocabulary(const tokenizer::Tokenizer& tokenizer)
    : tokenizer_(&tokenizer), ends_(tokenizer.eos_ids()) {
    std::vector<std::string> texts;
    texts.reserve(tokenizer.n_vocab());
    for (std::uint32_t id = 0; id < tokenizer.n_vocab(); ++id) {
        std::string text = tokenizer::token_text(tokenizer, id);
        if (text.empty() && tokenizer.is_control(id)) {
            text = kControl + tokenizer::token_text_or_name(tokenizer, id);
        } else if (text.find(kControl) != std::string::npos) {
            text.clear();  // no UTF-8 has this byte, so that only control tokens begin with it
        }
        texts.push_back(std::move(text));
    }
    finish(texts);
}

Vocabulary::Vocabulary(const std::vector<std::string>& texts, std::vector<std::uint32_t> ends)
    : ends_(std::move(ends)) {
    finish(texts);
}

Vocabulary::~Vocabulary() = default;

void Vocabulary::finish(const std::vector<std::string>& texts) {
    begins_.reserve(texts.size() + 1);
    for (const std::string& text : texts) {
        bytes_ += text;
        begins_.push_back(bytes_.size());
    }
    std::vector<Trie::Entry> entries;
    entries.reserve(texts.size());
    for (std::uint32_t id = 0; id < size(); ++id) entries.emplace_back(text(id), id);
    trie_ = Trie(std::move(entries));
}

// The longest token that the text begins with, again and again; of equal texts the lowest id.
std::vector<std::uint32_t> Vocabulary::divide_greedily(std::string_view text) const {
    std::vector<std::uint32_t> out;
    const auto nodes = trie_.nodes();
    while (!text.empty()) {
        std::size_t node = 0;
        std::size_t end = nodes.size();
        std::size_t length = 0;
        std::uint32_t best = 0;
        for (std::size_t depth = 0; depth < text.size(); ++depth) {
            while (node < end && nodes[node].byte != static_cast<std::uint8_t>(text[depth])) {
                node = nodes[node].end;
            }
            if (node >= end) break;
            if (const auto here = trie_.tokens_at(node); !here.empty()) {
                length = depth + 1;
                best = here.front();
            }
            end = nodes[node].end;
            ++node;
        }
        if (length == 0) return {};
        out.push_back(best);
        text.remove_prefix(length);
    }
    return out;
}

std::vector<std::uint32_t> Vocabulary::divide(std::string_view text) const {
    if (tokenizer_ == nullptr || text.find(kControl) != std::string_view::npos) {
        return divide_greedily(text);
    }
    tokenizer::EncodeOptions options;
    options.continues = true;
    std::vector<std::uint32_t> ids = tokenizer::encode(*tokenizer_, text, options);
    std::string together;
    for (const std::uint32_t id : ids) together += this->text(id);
    return together == text ? ids : divide_greedily(text);
}

std::shared_ptr<const ItemMask> Vocabulary::any_string() const {
    const std::lock_guard lock(mutex_);
    return any_string_;
}

void Vocabulary::keep_any_string(std::shared_ptr<const ItemMask> mask) const {
    const std::lock_guard lock(mutex_);
    if (!any_string_) any_string_ = std::move(mask);
}

namespace {

// Bytes of the escape at the front.
std::size_t escape_length(std::string_view bytes) noexcept {
    if (bytes.size() < 2 || bytes[1] != 'u') return 2;
    const bool first_half = bytes.size() > 3 && (bytes[2] | 0x20) == 'd' &&
                            std::string_view("89abAB").find(bytes[3]) != std::string_view::npos;
    return first_half ? 12 : 6;
}

std::uint16_t count_characters(std::string_view bytes) noexcept {
    std::size_t n = 0;
    for (std::size_t i = 0; i < bytes.size();) {
        if (bytes[i] == '"') return static_cast<std::uint16_t>(2 * n + 1);
        // A byte that continues a character counts with the one before.
        if ((static_cast<unsigned char>(bytes[i]) & 0xC0) != 0x80) ++n;
        i += bytes[i] == '\\' ? escape_length(bytes.substr(i)) : 1;
    }
    return static_cast<std::uint16_t>(2 * n);
}

}  // namespace

const std::vector<std::uint16_t>& Vocabulary::string_characters() const {
    const std::lock_guard lock(mutex_);
    if (!characters_.empty()) return characters_;
    characters_.reserve(size());
    for (std::uint32_t id = 0; id < size(); ++id) characters_.push_back(count_characters(text(id)));
    return characters_;
}

}  // namespace quire::constraints
