#include "lib/base/bytes.h"

namespace quire::base {

std::optional<std::uint64_t> checked_mul(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
    return product;
}

std::optional<std::uint64_t> checked_add(std::uint64_t a, std::uint64_t b) noexcept {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
    return sum;
}

Bytes slice(Bytes bytes, std::uint64_t offset, std::uint64_t length, const std::string& where) {
    if (offset > bytes.size() || length > bytes.size() - offset) {
        throw Error(ErrorCode::model, where,
                    "expected " + std::to_string(length) + " bytes at offset " +
                        std::to_string(offset) + ", found only " + std::to_string(bytes.size()) +
                        " bytes in all");
    }
    return bytes.subspan(offset, length);
}

Bytes ByteReader::take(std::uint64_t length, const char* what) {
    if (length > remaining()) {
        fail("expected " + std::to_string(length) + " bytes of " + what + ", found " +
             std::to_string(remaining()));
    }
    const Bytes out = bytes_.subspan(pos_, length);
    pos_ += length;
    return out;
}

std::string_view ByteReader::take_text(std::uint64_t length, const char* what) {
    return as_text(take(length, what));
}

void ByteReader::expect_count(std::uint64_t count, std::uint64_t min_size, const char* what) const {
    if (count > remaining() / min_size) {
        fail("expected " + std::to_string(count) + " " + what + ", but only " +
             std::to_string(remaining()) + " bytes follow");
    }
}

void ByteReader::fail(const std::string& message) const {
    throw Error(ErrorCode::model, name_, "at byte " + std::to_string(pos_) + ": " + message);
}

}  // namespace quire::base
