#include "lib/tokenizer/encode/encode_stream.h"

namespace quire::tokenizer {

namespace {

// Fewer bytes are not worth a call.
constexpr std::size_t kMinBytes = 64 << 10;

}  // namespace

void EncodeStream::push(std::string_view text, std::vector<std::uint32_t>& ids) {
    if (pending_.empty() && text.size() >= kMinBytes) {
        // Encode most of a large part directly, without copying it.
        const std::size_t place = cuts_.last(text, 1, text.size());
        if (place > 0) {
            encode(text.substr(0, place), ids);
            text.remove_prefix(place);
        }
    }
    pending_.append(text);
    if (pending_.size() < kMinBytes || pending_.size() - looked_ < kMinBytes) return;
    const std::size_t place = cuts_.last(pending_, looked_ > 4 ? looked_ - 4 : 1, pending_.size());
    looked_ = pending_.size();
    if (place == 0) return;
    encode(std::string_view(pending_).substr(0, place), ids);
    pending_.erase(0, place);
    looked_ = 0;
}

void EncodeStream::finish(std::vector<std::uint32_t>& ids) {
    if (!pending_.empty()) encode(pending_, ids);
    pending_.clear();
    looked_ = 0;
    continues_ = false;
}

void EncodeStream::encode(std::string_view text, std::vector<std::uint32_t>& ids) {
    EncodeOptions options;
    options.trust_all = trust_all_;
    options.continues = continues_;
    encoder_.encode(text, options, ids);
    continues_ = true;
}

}  // namespace quire::tokenizer
