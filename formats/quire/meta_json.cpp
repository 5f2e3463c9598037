#include <charconv>

#include "formats/quire/json_fields.h"
#include "formats/quire/spec_json.h"
#include "lib/base/hash.h"
#include "lib/base/json_text.h"

namespace quire::formats {

Json parse_json(std::string_view text, const std::string& where) {
    return base::parse_ordered_json(text, where);
}

std::string meta_to_json(const Meta& meta) {
    const Json json{{"name", meta.name},
                    {"source", meta.source},
                    {"created_by", meta.created_by},
                    {"type", meta.type}};
    // A checkpoint's name may hold anything; what is not UTF-8 becomes U+FFFD.
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

Meta meta_from_json(std::string_view text, const std::string& where) {
    const Json json = parse_json(text, where);
    JsonFields fields(json, where);
    Meta meta{fields.get_string("name"), fields.get_string("source"),
              fields.get_string("created_by"), fields.get_string("type")};
    fields.done();
    return meta;
}

std::string selftest_to_json(const SelfTest& test) {
    Json cases = Json::array();
    for (const SelfTest::Case& one : test.cases) {
        cases.push_back({{"prompt", one.prompt},
                         {"tokens", one.tokens},
                         {"logits_hash", base::hex(one.logits_hash)}});
    }
    Json json{{"arithmetic", test.arithmetic}, {"cases", cases}};
    if (test.kv_type != "f16") json["kv_type"] = test.kv_type;
    return json.dump(1);
}

SelfTest selftest_from_json(std::string_view text, const std::string& where) {
    const Json json = parse_json(text, where);
    JsonFields fields(json, where);
    SelfTest test;
    test.arithmetic = static_cast<int>(fields.get_u32("arithmetic") & 0x7FFFFFFFU);
    if (fields.has("kv_type")) {
        test.kv_type = fields.get_string("kv_type");
        if (test.kv_type != "f16" && test.kv_type != "f32" && test.kv_type != "int8") {
            fields.fail("kv_type expected to be f16, f32 or int8, found " + test.kv_type);
        }
    }
    for (const Json& entry : fields.get_array("cases")) {
        JsonFields one(entry, where + ": cases[" + std::to_string(test.cases.size()) + "]");
        SelfTest::Case out;
        out.prompt = one.get_string("prompt");
        for (const Json& token : one.get_array("tokens")) {
            if (!token.is_number_unsigned() || token.get<std::uint64_t>() > UINT32_MAX) {
                one.fail("tokens expected to hold ids");
            }
            out.tokens.push_back(token.get<std::uint32_t>());
        }
        const std::string hash = one.get_string("logits_hash");
        const auto parsed =
            std::from_chars(hash.data(), hash.data() + hash.size(), out.logits_hash, 16);
        if (hash.size() != 16 || parsed.ptr != hash.data() + hash.size()) {
            one.fail("logits_hash expected 16 hexadecimal digits, found " + hash);
        }
        one.done();
        test.cases.push_back(std::move(out));
    }
    fields.done();
    return test;
}

}  // namespace quire::formats
