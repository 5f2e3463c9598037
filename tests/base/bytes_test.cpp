#include "lib/base/bytes.h"

#include <doctest/doctest.h>

#include <array>

#include "lib/base/hash.h"

using namespace quire;
using namespace quire::base;

TEST_CASE("bytes: sums and products that would wrap give nothing") {
    CHECK(checked_mul(1ULL << 32, 1ULL << 31) == 1ULL << 63);
    CHECK(!checked_mul(1ULL << 32, 1ULL << 32));
    CHECK(checked_add(~0ULL - 1, 1) == ~0ULL);
    CHECK(!checked_add(~0ULL, 1));
    CHECK(align_up(0, 64) == 0);
    CHECK(align_up(1, 64) == 64);
    CHECK(align_up(64, 64) == 64);
}

TEST_CASE("bytes: a slice outside is refused, also where offset + length wraps") {
    const std::array<std::byte, 10> data{};
    CHECK(slice(data, 4, 6, "x").size() == 6);
    CHECK(slice(data, 10, 0, "x").empty());
    CHECK_THROWS_AS(slice(data, 4, 7, "x"), Error);
    CHECK_THROWS_AS(slice(data, 11, 0, "x"), Error);
    CHECK_THROWS_AS(slice(data, 8, ~0ULL - 4, "x"), Error);
}

TEST_CASE("bytes: a reader stops at the end and says where it was") {
    const std::string_view text("\x01\x02\x03\x04rest");
    ByteReader reader(as_bytes(text), "file");
    CHECK(reader.read<std::uint32_t>("number") == 0x04030201);
    CHECK(reader.take_text(2, "text") == "re");
    CHECK(reader.remaining() == 2);
    reader.expect_count(2, 1, "things");
    CHECK_THROWS_AS(reader.expect_count(1ULL << 60, 16, "things"), Error);
    try {
        reader.read<std::uint64_t>("long number");
        FAIL("read beyond the end");
    } catch (const Error& error) {
        const std::string message = error.what();
        CHECK(error.code() == ErrorCode::model);
        CHECK(message.find("file: at byte 6") != std::string::npos);
        CHECK(message.find("8 bytes of long number, found 2") != std::string::npos);
    }
}

TEST_CASE("hash: XXH3 of known texts, in one piece and in several") {
    // From the xxhsum tool: printf '' | xxhsum -H3, and the same for "quire".
    CHECK(hex(xxh3({})) == "2d06800538d394c2");
    Hasher hasher;
    hasher.update(as_bytes("qu"));
    hasher.update(as_bytes("ire"));
    CHECK(hasher.digest() == xxh3(as_bytes("quire")));
    CHECK(hex(0x0123456789ABCDEF) == "0123456789abcdef");
}
