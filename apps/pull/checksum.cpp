#include "apps/pull/checksum.h"

#include <gcrypt.h>
#include <spdlog/fmt/fmt.h>

#include "lib/base/error.h"

namespace quire::pull {

Checksum::Checksum(Kind kind, std::uint64_t n_bytes)
    : algorithm_(kind == Kind::sha256 ? GCRY_MD_SHA256 : GCRY_MD_SHA1) {
    // The library wants to be asked for its version first.
    static const bool ready = [] {
        const bool found = ::gcry_check_version(nullptr) != nullptr;
        ::gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
        ::gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
        return found;
    }();
    gcry_md_hd_t state = nullptr;
    if (!ready || ::gcry_md_open(&state, algorithm_, 0) != 0) {
        throw Error(ErrorCode::run, "checksum", "cannot be computed");
    }
    state_ = state;
    if (kind == Kind::git) {
        update("blob " + std::to_string(n_bytes));
        update(std::string_view("\0", 1));
    }
}

Checksum::~Checksum() {
    ::gcry_md_close(static_cast<gcry_md_hd_t>(state_));
}

void Checksum::update(std::string_view bytes) {
    ::gcry_md_write(static_cast<gcry_md_hd_t>(state_), bytes.data(), bytes.size());
}

std::string Checksum::hex() {
    const unsigned char* digest = ::gcry_md_read(static_cast<gcry_md_hd_t>(state_), algorithm_);
    std::string out;
    for (unsigned i = 0; i < ::gcry_md_get_algo_dlen(algorithm_); ++i) {
        out += fmt::format("{:02x}", digest[i]);
    }
    return out;
}

}  // namespace quire::pull
