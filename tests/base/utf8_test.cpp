#include "lib/base/utf8.h"

#include <doctest/doctest.h>

using namespace quire::base;

TEST_CASE("utf8: every code point survives being written and read") {
    for (char32_t c = 0; c < 0x110000; ++c) {
        if (c >= 0xD800 && c < 0xE000) continue;
        std::string text;
        append_utf8(text, c);
        const CodePoint read = decode_utf8(text);
        if (!read.valid || read.value != c || read.length != static_cast<int>(text.size())) {
            FAIL_CHECK("U+" << static_cast<unsigned>(c));
        }
    }
}

TEST_CASE("utf8: the fast decoder agrees with the definition") {
    const auto expect_equal = [](std::string_view text) {
        const CodePoint quick = decode_utf8(text);
        const CodePoint slow = decode_utf8_slowly(text);
        const bool same_value = !slow.valid || quick.value == slow.value;
        if (quick.valid != slow.valid || quick.length != slow.length || !same_value ||
            quick.truncated != slow.truncated) {
            FAIL_CHECK("differs at lead " << static_cast<unsigned>(text[0]));
        }
    };
    constexpr unsigned char kNext[] = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F,
                                       0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF4, 0xFF};
    for (unsigned lead = 0; lead < 0x100; ++lead) {
        for (const unsigned char second : kNext) {
            for (const unsigned char third : kNext) {
                for (const unsigned char fourth : kNext) {
                    const char text[] = {static_cast<char>(lead), static_cast<char>(second),
                                         static_cast<char>(third), static_cast<char>(fourth)};
                    for (std::size_t size = 1; size <= 4; ++size) expect_equal({text, size});
                }
            }
        }
    }
}

TEST_CASE("utf8: broken sequences are cut where Unicode cuts them") {
    // The examples of Unicode 15, section 3.9, tables 3-8 to 3-11.
    const auto lengths = [](std::string_view text) {
        std::string out;
        while (!text.empty()) {
            const CodePoint next = decode_utf8(text);
            out += static_cast<char>('0' + next.length);
            out += next.valid ? 'v' : 'x';
            text.remove_prefix(static_cast<std::size_t>(next.length));
        }
        return out;
    };
    CHECK(lengths("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41") == "1x1x1x1x1x1x1x1x1v");
    CHECK(lengths("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41") == "1x1x1x1x1x1x1x1x1v");
    CHECK(lengths("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42") == "1x1x1x1x1x1v1x1x1v");
    CHECK(lengths("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41") == "2x1x3x2x1v");
    CHECK(decode_utf8("\xE4\xBD").truncated);
    CHECK(!decode_utf8("\xE4\x41").truncated);
    CHECK(!is_utf8("abc\x80"));
    CHECK(is_utf8("caf\xC3\xA9"));
}
