// Every family as llama.cpp's converter writes it, against transformers on the same weights: what
// the format omits or expresses differently must lead to the same model. Made by
// scripts/goldens/make_gguf_family_goldens.py.

#include "tests/model/family_goldens.h"

using namespace quire;
using namespace quire::test;

namespace {

namespace fs = std::filesystem;

formats::QuireFile pack_gguf(const TempDir& dir, const std::string& name, std::uint32_t context) {
    pack::Options options{golden("gguf/" + name + ".gguf"), dir.file(name + ".quire"),
                          pack::TargetType::keep, "test", 1};
    options.context = context;
    pack::convert(options);
    return formats::QuireFile::open(options.output);
}

Reference gguf_reference(const std::string& checkpoint) {
    const std::string own = golden("gguf/" + checkpoint + ".safetensors");
    return read_reference(
        fs::exists(own) ? own : golden("families/" + checkpoint + "/reference.safetensors"));
}

}  // namespace

TEST_CASE("families: the GGUF files of llama.cpp's converter give transformers' results") {
    const TempDir dir;
    const auto goldens = nlohmann::json::parse(read_file(golden("gguf/goldens.json")));
    REQUIRE(goldens.size() >= 40);
    for (const auto& item : goldens.items()) {
        const std::string& name = item.key();
        if (!takes_part(name)) continue;
        CAPTURE(name);
        const Reference reference = gguf_reference(item.value().at("checkpoint"));
        REQUIRE(reference.tokens.size() == 64);
        try {
            const auto file = pack_gguf(dir, name, reference.context);
            const auto with = [&](kernels::KvType kv) {
                return difference(reference,
                                  compute(file, reference, {.n_threads = 1, .kv_type = kv}));
            };
            const double exact = with(kernels::KvType::f32);
            const double rounded = with(kernels::KvType::f16);
            MESSAGE(name << ": " << exact << ", with keys and values in f16 " << rounded);
            CHECK(exact < 1e-3);
            CHECK(rounded < 4e-3);
        } catch (const Error& error) {
            FAIL_CHECK(std::string(error.what()));
        }
    }
}
