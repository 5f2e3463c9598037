#include "lib/base/base64.h"

#include <doctest/doctest.h>

using namespace quire;

TEST_CASE("base64: the examples of RFC 4648, section 10, both ways") {
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [bytes, text] : examples) {
        CHECK(base::encode_base64(base::as_bytes(bytes)) == text);
        CHECK(base::decode_base64(text) == bytes);
    }
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
    CHECK(base::decode_base64(base::encode_base64(base::as_bytes(all))) == all);
    CHECK(!base::decode_base64("Zm9v?"));
}
