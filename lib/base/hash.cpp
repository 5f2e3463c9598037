#include "lib/base/hash.h"

#include <xxhash.h>

#include <new>

namespace quire::base {

std::uint64_t xxh3(Bytes bytes) noexcept {
    return XXH3_64bits(bytes.data(), bytes.size());
}

struct Hasher::State {
    struct Free {
        void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, Free> xxh{XXH3_createState()};
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
    if (!state_->xxh) throw std::bad_alloc();
    XXH3_64bits_reset(state_->xxh.get());
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(Bytes bytes) noexcept {
    XXH3_64bits_update(state_->xxh.get(), bytes.data(), bytes.size());
}

std::uint64_t Hasher::digest() const noexcept {
    return XXH3_64bits_digest(state_->xxh.get());
}

std::string hex(std::uint64_t hash) {
    std::string out(16, '0');
    for (int i = 15; i >= 0; --i, hash >>= 4) {
        out[static_cast<std::size_t>(i)] = "0123456789abcdef"[hash & 15];
    }
    return out;
}

}  // namespace quire::base
