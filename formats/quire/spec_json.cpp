#include "formats/quire/spec_json.h"

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "lib/base/error.h"
#include "lib/base/hash.h"

namespace quire::formats {

namespace {

using Json = nlohmann::ordered_json;

// The fields of one JSON object, each asked for once; done() refuses those that nobody asked for.
class Fields {
  public:
    Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object.is_object()) fail("expected a JSON object, found " + kind(object));
    }

    const Json& get(const char* name) {
        const auto field = object_.find(name);
        if (field == object_.end()) fail(std::string("field ") + name + " expected, none found");
        seen_.insert(name);
        return *field;
    }
    std::uint32_t get_u32(const char* name) {
        const Json& value = get(name);
        if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX) {
            fail(std::string(name) + " expected a 32-bit count, found " + kind(value));
        }
        return value.get<std::uint32_t>();
    }
    float get_float(const char* name) {
        const Json& value = get(name);
        if (!value.is_number())
            fail(std::string(name) + " expected a number, found " + kind(value));
        return value.get<float>();
    }
    bool get_bool(const char* name) {
        const Json& value = get(name);
        if (!value.is_boolean()) {
            fail(std::string(name) + " expected true or false, found " + kind(value));
        }
        return value.get<bool>();
    }
    std::string get_string(const char* name) {
        const Json& value = get(name);
        if (!value.is_string())
            fail(std::string(name) + " expected a string, found " + kind(value));
        return value.get<std::string>();
    }
    const Json& get_array(const char* name) {
        const Json& value = get(name);
        if (!value.is_array()) fail(std::string(name) + " expected a list, found " + kind(value));
        return value;
    }
    void done() const {
        for (const auto& [name, value] : object_.items()) {
            if (!seen_.contains(name)) fail("unknown field " + name);
        }
    }
    [[noreturn]] void fail(const std::string& message) const {
        throw Error(ErrorCode::model, where_, message);
    }

  private:
    static std::string kind(const Json& value) { return value.type_name(); }

    const Json& object_;
    std::string where_;
    std::set<std::string> seen_;
};

Json parse(std::string_view text, const std::string& where) {
    try {
        return Json::parse(text);
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorCode::model, where, std::string("not JSON: ") + error.what());
    }
}

}  // namespace

std::string spec_to_json(const spec::ModelSpec& spec) {
    Json layers = Json::array();
    for (const spec::LayerSpec& layer : spec.layers) {
        layers.push_back({{"n_heads", layer.n_heads},
                          {"n_kv_heads", layer.n_kv_heads},
                          {"head_dim", layer.head_dim},
                          {"ffn_dim", layer.ffn_dim}});
    }
    const Json json{{"dim", spec.dim},
                    {"vocab_size", spec.vocab_size},
                    {"context_length", spec.context_length},
                    {"norm_eps", spec.norm_eps},
                    {"tied_embeddings", spec.tied_embeddings},
                    {"layers", layers}};
    return json.dump(1);
}

spec::ModelSpec spec_from_json(std::string_view text, const std::string& where) {
    const Json json = parse(text, where);
    Fields fields(json, where);
    spec::ModelSpec spec;
    spec.dim = fields.get_u32("dim");
    spec.vocab_size = fields.get_u32("vocab_size");
    spec.context_length = fields.get_u32("context_length");
    spec.norm_eps = fields.get_float("norm_eps");
    spec.tied_embeddings = fields.get_bool("tied_embeddings");
    for (const Json& entry : fields.get_array("layers")) {
        Fields layer(entry, where + ": layers[" + std::to_string(spec.layers.size()) + "]");
        spec.layers.push_back({layer.get_u32("n_heads"), layer.get_u32("n_kv_heads"),
                               layer.get_u32("head_dim"), layer.get_u32("ffn_dim")});
        layer.done();
    }
    fields.done();
    spec::validate(spec, where);
    return spec;
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
    const Json json = parse(text, where);
    Fields fields(json, where);
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
    return Json{{"arithmetic", test.arithmetic}, {"cases", cases}}.dump(1);
}

SelfTest selftest_from_json(std::string_view text, const std::string& where) {
    const Json json = parse(text, where);
    Fields fields(json, where);
    SelfTest test;
    test.arithmetic = static_cast<int>(fields.get_u32("arithmetic") & 0x7FFFFFFFU);
    for (const Json& entry : fields.get_array("cases")) {
        Fields one(entry, where + ": cases[" + std::to_string(test.cases.size()) + "]");
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
