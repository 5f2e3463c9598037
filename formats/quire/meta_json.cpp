#include "formats/quire/meta_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "lib/base/hash.h"
#include "lib/base/json/json.h"
#include "lib/base/json/json_object.h"
#include "lib/base/json/json_text.h"

namespace quire::formats {

namespace {

using Json = nlohmann::ordered_json;
using MetaObject = base::JsonObject<Json>;

SelfTest::Case read_case(const Json& json, const std::string& where) {
    MetaObject fields(json, where);
    SelfTest::Case out;
    out.prompt = fields.get<std::string>("prompt");
    for (const Json& token : fields.list("tokens")) {
        if (!token.is_number_unsigned() || token.get<std::uint64_t>() > UINT32_MAX) {
            fields.wrong("tokens", "token ids", &token);
        }
        out.tokens.push_back(token.get<std::uint32_t>());
    }
    const std::string hash = fields.get<std::string>("logits_hash");
    const char* end = hash.data() + hash.size();
    const auto parsed = std::from_chars(hash.data(), end, out.logits_hash, 16);
    if (hash.size() != 16 || parsed.ptr != end) {
        fields.wrong("logits_hash", "16 hexadecimal digits", fields.find("logits_hash"));
    }
    fields.done();
    return out;
}

}  // namespace

std::string meta_to_json(const Meta& meta) {
    const Json json{{"name", meta.name},
                    {"source", meta.source},
                    {"created_by", meta.created_by},
                    {"type", meta.type}};
    // A checkpoint's name may hold any bytes: broken UTF-8 is written as U+FFFD.
    return json.dump(1, ' ', false, Json::error_handler_t::replace);
}

Meta meta_from_json(std::string_view text, const std::string& where) {
    const Json json = base::parse_ordered_json(text, where);
    MetaObject fields(json, where);
    Meta meta{fields.get<std::string>("name"), fields.get<std::string>("source"),
              fields.get<std::string>("created_by"), fields.get<std::string>("type")};
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
    const Json json = base::parse_ordered_json(text, where);
    MetaObject fields(json, where);
    SelfTest test;
    test.arithmetic = static_cast<int>(fields.get<std::uint32_t>("arithmetic") & 0x7FFFFFFFU);
    if (fields.has("kv_type")) {
        test.kv_type = fields.get<std::string>("kv_type");
        constexpr std::array<std::string_view, 5> kKvTypes{"f16", "f32", "int8", "q8", "q4"};
        if (std::ranges::find(kKvTypes, test.kv_type) == kKvTypes.end()) {
            fields.wrong("kv_type", "f16, f32, int8, q8 or q4", fields.find("kv_type"));
        }
    }
    for (const Json& entry : fields.list("cases")) {
        test.cases.push_back(
            read_case(entry, where + ": cases[" + std::to_string(test.cases.size()) + "]"));
    }
    fields.done();
    return test;
}

}  // namespace quire::formats
