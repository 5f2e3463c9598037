#include "lib/generate/constraints/rules/call_source.h"

#include <algorithm>
#include <utility>

namespace quire::constraints {

// Texts: begin; for kind k at 1 + 2k "before NAME between" and at 2 + 2k "after"; separator; end.
CallSource::CallSource(CallForm form, std::vector<CallKind> kinds, Item lead,
                       std::uint64_t lead_bytes)
    : form_(std::move(form)), kinds_(std::move(kinds)), lead_(lead), lead_bytes_(lead_bytes) {
    texts_.push_back(form_.begin);
    for (const CallKind& kind : kinds_) {
        texts_.push_back(form_.before + kind.name + form_.between);
        texts_.push_back(form_.after);
    }
    texts_.push_back(form_.separator);
    texts_.push_back(form_.end);
    std::uint32_t n = 1;  // item 0 is the start
    for (const std::string& text : texts_) {
        begins_.push_back(n);
        n += static_cast<std::uint32_t>(text.size()) + 1;
    }
}

Item CallSource::start() {
    return item_of(number, 0);
}

Item CallSource::item(std::uint32_t text, std::uint32_t at) {
    return item_of(number, begins_[text] + at);
}

// What follows a whole text.
void CallSource::add_next(std::uint32_t text, Moves& out) {
    const std::uint32_t separator = n_texts() - 2;
    const auto go_to = [&](std::uint32_t next) {
        const Moves more = moves(local_of(item(next, 0)));
        out.arcs.insert(out.arcs.end(), more.arcs.begin(), more.arcs.end());
        out.calls.insert(out.calls.end(), more.calls.begin(), more.calls.end());
        out.ends = out.ends || more.ends;
    };
    if (text == 0 || text == separator) {
        for (std::uint32_t k = 0; k < kinds_.size(); ++k) go_to(1 + 2 * k);
    } else if (text == separator + 1) {
        out.ends = true;
    } else if (text % 2 == 1) {
        out.calls.push_back({kinds_[(text - 1) / 2].arguments, item(text + 1, 0)});
    } else {
        if (form_.several) go_to(separator);
        go_to(separator + 1);
    }
}

Moves CallSource::moves(std::uint32_t local) {
    Moves out;
    if (local == 0) {
        if (lead_ != kNoItem) {
            out.calls.push_back({lead_, item(0, 0)});
            return out;
        }
        return moves(local_of(item(0, 0)));
    }
    const auto found = std::upper_bound(begins_.begin(), begins_.end(), local) - 1;
    const auto text = static_cast<std::uint32_t>(found - begins_.begin());
    const std::uint32_t at = local - *found;
    if (at == texts_[text].size()) {
        add_next(text, out);
    } else {
        const auto byte = static_cast<std::uint8_t>(texts_[text][at]);
        out.arcs.push_back({byte, byte, item(text, at + 1)});
    }
    return out;
}

std::uint64_t CallSource::rest_after(std::uint32_t text) const {
    const std::uint32_t separator = n_texts() - 2;
    const std::uint64_t end = texts_[separator + 1].size();
    if (text == separator + 1) return 0;
    if (text != 0 && text != separator && text % 2 == 0) return end;
    const auto of_kind = [&](std::size_t k) {
        return kinds_[k].shortest + texts_[2 + 2 * k].size() + end;
    };
    if (text % 2 == 1 && text != separator) return of_kind((text - 1) / 2);
    std::uint64_t best = UINT32_MAX;
    for (std::size_t k = 0; k < kinds_.size(); ++k) {
        best = std::min(best, texts_[1 + 2 * k].size() + of_kind(k));
    }
    return best;
}

std::uint32_t CallSource::rest(std::uint32_t local) {
    std::uint64_t rest = 0;
    if (local == 0) {
        rest = lead_bytes_ + texts_[0].size() + rest_after(0);
    } else {
        const auto found = std::upper_bound(begins_.begin(), begins_.end(), local) - 1;
        const auto text = static_cast<std::uint32_t>(found - begins_.begin());
        rest = texts_[text].size() - (local - *found) + rest_after(text);
    }
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(rest, UINT32_MAX));
}

}  // namespace quire::constraints
