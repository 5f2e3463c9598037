// The .quire file: what was written is read back, the same input gives the same bytes, and a damaged
// file is never read as a model.

#include <algorithm>
#include <cstring>

#include "formats/quire/prompts_json.h"
#include "formats/quire/writer.h"
#include "lib/base/hash.h"
#include "tests/support.h"

using namespace quire;
using namespace quire::test;
using formats::LoadMode;
using formats::QuireFile;

namespace {

// As gen does before it uses a file.
void open_and_verify(const std::string& path) {
    QuireFile::open(path).verify_weights(1);
}

// Names the header, the section table or a section of the file.
bool names_a_section(const std::string& message) {
    return message.find(": header:") != std::string::npos ||
           message.find(": section table:") != std::string::npos ||
           message.find(": section ") != std::string::npos;
}

formats::quire_file::Header& header_of(std::string& bytes) {
    return *reinterpret_cast<formats::quire_file::Header*>(bytes.data());
}

// Updates the checksums of header and section table after a change.
void reseal(std::string& bytes) {
    auto& header = header_of(bytes);
    const auto all = base::as_bytes(bytes);
    header.model_hash = base::xxh3(
        all.subspan(sizeof(header), header.n_sections * sizeof(formats::quire_file::SectionEntry)));
    header.header_hash = base::xxh3(all.first(offsetof(formats::quire_file::Header, header_hash)));
}

formats::quire_file::SectionEntry* entry_of(std::string& bytes, std::string_view name) {
    auto* entry = reinterpret_cast<formats::quire_file::SectionEntry*>(bytes.data() + 64);
    while (entry->name != name) ++entry;
    return entry;
}

// A file of a few kilobytes that is valid as a container.
std::string small_file(const TempDir& dir) {
    formats::QuireWriter writer(base::resolve_output(dir.file("small.quire")));
    writer.add_section("meta", base::as_bytes(formats::meta_to_json({"n", "gguf", "q", "keep"})));
    writer.add_section("odd", base::as_bytes(std::string_view("seven b")));
    writer.begin_tensors({{"a", tensor::DType::f32, false, 1, 3, 0, 0, 0, 0},
                          {"b", tensor::DType::q4m, true, 17, 96, 0, 0, 0, 0}});
    const std::vector<float> a{1, 2, 3};
    writer.append_tensor(std::as_bytes(std::span(a)));
    std::vector<std::byte> b(writer.records()[1].length, std::byte{0x35});
    writer.append_tensor(std::span(b).first(100));
    writer.append_tensor(std::span(b).subspan(100));
    writer.end_tensors();
    writer.commit();
    return dir.file("small.quire");
}

}  // namespace

TEST_CASE("quire: sections and tensors come back as they were written") {
    const TempDir dir;
    const QuireFile file = QuireFile::open(small_file(dir));
    file.verify_weights(2);
    CHECK(base::as_text(file.section("odd")) == "seven b");
    CHECK(file.meta().name == "n");
    CHECK(!file.has_section("none"));
    const auto tensors = file.tensors();
    REQUIRE(tensors.size() == 2);
    CHECK(tensors.at("a").columns == 3);
    const auto* values = reinterpret_cast<const float*>(tensors.at("a").data.data());
    CHECK(values[2] == 3.0F);
    CHECK(tensors.at("b").rows == 17);
    CHECK(tensors.at("b").data.size() == 2U * 2U * 640U);
    CHECK(reinterpret_cast<std::uintptr_t>(tensors.at("b").data.data()) % 64 == 0);
}

TEST_CASE("quire: weights that were copied or locked are those of the file") {
    const TempDir dir;
    const std::string path = pack_tiny(dir, pack::TargetType::q4);
    const QuireFile mapped = QuireFile::open(path);
    for (const LoadMode mode : {LoadMode::map, LoadMode::huge, LoadMode::lock}) {
        for (const int n_threads : {1, 3}) {
            QuireFile file = QuireFile::open(path);
            file.load_weights(mode, n_threads);
            file.verify_weights(n_threads, true);
            file.release_tensors("layers.");
            const auto* mapped_weights =
                file.section(formats::quire_file::section::kWeights).data();
            CHECK((file.weights().data() == mapped_weights) == (mode != LoadMode::huge));
            const QuireFile moved = std::move(file);
            const auto tensors = moved.tensors();
            for (const auto& [name, view] : mapped.tensors()) {
                CHECK(std::ranges::equal(tensors.at(name).data, view.data));
            }
        }
    }
}

TEST_CASE("quire: the same checkpoint gives the same bytes, on any number of threads") {
    const TempDir dir;
    pack::convert({golden("tiny-llama"), dir.file("a"), pack::TargetType::q4, "q4", 1});
    pack::convert({golden("tiny-llama"), dir.file("b"), pack::TargetType::q4, "q4", 3});
    CHECK(read_file(dir.file("a")) == read_file(dir.file("b")));
}

TEST_CASE("quire: every truncation is refused and names a section") {
    const TempDir dir;
    const std::string bytes = read_file(small_file(dir));
    for (std::size_t n = 0; n < bytes.size(); ++n) {
        write_file(dir.file("cut"), std::string_view(bytes).substr(0, n));
        const auto message = error_of(ErrorCode::model, [&] { open_and_verify(dir.file("cut")); });
        if (!names_a_section(message)) FAIL_CHECK(n << ": " << message);
    }
    write_file(dir.file("long"), bytes + '\0');
    CHECK_THROWS_AS(open_and_verify(dir.file("long")), Error);
}

TEST_CASE("quire: every flipped byte is refused and names a section") {
    const TempDir dir;
    std::string bytes = read_file(small_file(dir));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (const int flip : {0x01, 0x80, 0xFF}) {
            const char before = bytes[i];
            bytes[i] = static_cast<char>(before ^ flip);
            write_file(dir.file("flip"), bytes);
            const auto message =
                error_of(ErrorCode::model, [&] { open_and_verify(dir.file("flip")); });
            if (!names_a_section(message)) FAIL_CHECK(i << ": " << message);
            bytes[i] = before;
        }
    }
}

TEST_CASE("quire: every flipped byte of a real packed file is refused, in its self-test too") {
    const TempDir dir;
    std::string bytes = read_file(pack_tiny(dir, pack::TargetType::q4));
    // A prime step, so that every section is reached: the file has about 60,000 bytes.
    for (std::size_t i = 0; i < bytes.size(); i += 13) {
        const char before = bytes[i];
        bytes[i] = static_cast<char>(before ^ 0x10);
        write_file(dir.file("flip"), bytes);
        CHECK(names_a_section(
            error_of(ErrorCode::model, [&] { open_and_verify(dir.file("flip")); })));
        bytes[i] = before;
    }
}

TEST_CASE("quire: forged files with correct checksums are refused for their content") {
    const TempDir dir;
    const std::string good = read_file(small_file(dir));
    const auto refuse = [&](const char* expected, auto change) {
        std::string bytes = good;
        change(bytes);
        reseal(bytes);
        write_file(dir.file("forged"), bytes);
        const auto message =
            error_of(ErrorCode::model, [&] { open_and_verify(dir.file("forged")); });
        CAPTURE(message);
        CHECK(message.find(expected) != std::string::npos);
    };
    refuse("made by a newer Quire",
           [](auto& b) { header_of(b).version = formats::quire_file::kVersion + 1; });
    refuse("features", [](auto& b) { header_of(b).features = 4; });
    refuse("reserved", [](auto& b) { header_of(b).reserved[1] = 1; });
    refuse("cut short", [](auto& b) { header_of(b).file_bytes += 1; });
    refuse("expected at byte", [](auto& b) { entry_of(b, "odd")->offset += 4096; });
    refuse("bytes at offset", [](auto& b) { entry_of(b, "weights")->length = ~0ULL - 4095; });
    refuse("to end the file", [](auto& b) { entry_of(b, "weights")->length -= 64; });
    refuse("printable ASCII", [](auto& b) { entry_of(b, "odd")->name[0] = '\x01'; });
    refuse("new name", [](auto& b) { std::memcpy(entry_of(b, "odd")->name, "meta", 5); });
    refuse("section tensors expected", [](auto& b) { entry_of(b, "tensors")->name[0] = 'T'; });

    // The same for entries of the tensor directory.
    const auto refuse_tensor = [&](const char* expected, auto change) {
        refuse(expected, [&](std::string& bytes) {
            auto* entry = entry_of(bytes, "tensors");
            auto* tensors =
                reinterpret_cast<formats::quire_file::TensorEntry*>(bytes.data() + entry->offset);
            change(tensors);
            entry->hash = base::xxh3(
                base::as_bytes(std::string_view(bytes).substr(entry->offset, entry->length)));
        });
    };
    refuse_tensor("unknown element type 200", [](auto* t) { t[1].dtype = 200; });
    refuse_tensor("unknown layout 2", [](auto* t) { t[1].layout = 2; });
    refuse_tensor("zeros behind", [](auto* t) { t[1].zero[3] = 1; });
    refuse_tensor("bytes for its shape", [](auto* t) { t[1].rows = 1ULL << 62; });
    refuse_tensor("bytes for its shape", [](auto* t) { t[0].columns = ~0ULL; });
    refuse_tensor("bytes for its shape", [](auto* t) { t[1].length = 0; });
    refuse_tensor("expected at byte", [](auto* t) { t[1].offset = 0; });
    refuse_tensor("second tensor a", [](auto* t) { t[1].name[0] = 'a'; });
    refuse_tensor("checksum", [](auto* t) { t[0].hash ^= 1; });
}

TEST_CASE("quire: a spec with an unknown, missing or senseless field is refused by its name") {
    spec::ModelSpec spec;
    spec.dim = 64;
    spec.vocab_size = 320;
    spec.context_length = 256;
    spec.norm_eps = 1e-5F;
    spec.ropes = {{16, 1.0F}};
    spec.layers.resize(1);
    spec.layers[0].n_heads = 4;
    spec.layers[0].n_kv_heads = 2;
    spec.layers[0].head_dim = 16;
    spec.layers[0].ffn_dim = 96;
    spec.layers[0].rope = 0;
    spec.layers[0].query_scale = 0.25F;
    const std::string good = formats::spec_to_json(spec);
    CHECK(formats::spec_from_json(good, 2, "here") == spec);
    const auto refuse = [&](std::string_view from, std::string_view to, const char* expected) {
        std::string json = good;
        json.replace(json.find(from), from.size(), to);
        const auto message =
            error_of(ErrorCode::model, [&] { formats::spec_from_json(json, 2, "here"); });
        CAPTURE(message);
        CHECK(message.find(expected) != std::string::npos);
    };
    refuse("\"dim\": 64", "\"dim\": 64, \"x\": 1", "unknown field x");
    refuse("\"vocab_size\": 320,", "", "vocab_size: expected this field, found none");
    refuse("320", "-320", "vocab_size");
    refuse("320", "4294967296", "vocab_size");
    refuse("\"n_kv_heads\": 2", "\"n_kv_heads\": 3", "multiple of n_kv_heads");
    refuse("\"head_dim\": 16", "\"head_dim\": 15", "even");
    refuse("false", "0", "embed_norm");
    refuse("\"own\"", "\"owned\"",
           "expected one of tied, own, none, biased, tied_biased, found \"owned\"");
    refuse("\"rope\": 0", "\"rope\": 1", "rope: expected an index below 1");
    refuse("\"layers\": [", "\"layers\": [1, ", "layers[0]");
    refuse("\"window\": 0,", "", "window: expected this field, found none");
    refuse("\"n_experts\": 0", "\"n_experts\": 4", "n_experts_used");
    refuse("{", "", "not JSON");
}

TEST_CASE("quire: prompts come back as they were written, others are refused by their field") {
    const spec::TextPrompts prompts{{{"query", "query: "}, {"a \"b\"", "\n\u00e9"}, {"", ""}},
                                    "query"};
    CHECK((formats::prompts_from_json(formats::prompts_to_json(prompts), "here") == prompts));
    const auto refused = [](const char* json, const char* field) {
        CAPTURE(json);
        const std::string message =
            error_of(ErrorCode::model, [&] { formats::prompts_from_json(json, "here"); });
        CHECK(message.find(field) != std::string::npos);
    };
    refused(R"({"prompts": []})", "default");
    refused(R"({"default": "x", "prompts": []})", "default");
    refused(R"({"default": "", "prompts": [{"name": "a"}]})", "prompts[0]: text");
    refused(R"({"default": "", "prompts": [{"name": "a", "text": ""}, {"name": "a", "text": ""}]})",
            "prompts[1]: name");
    refused(R"({"default": "", "prompts": [], "more": 1})", "more");
}

TEST_CASE("quire: a spec of version 1 keeps its meaning") {
    const std::string json = R"({"dim": 64, "vocab_size": 320, "context_length": 256,
        "norm_eps": 1e-5, "tied_embeddings": true,
        "layers": [{"n_heads": 4, "n_kv_heads": 2, "head_dim": 16, "ffn_dim": 96}]})";
    const spec::ModelSpec spec = formats::spec_from_json(json, 1, "here");
    CHECK(spec.output == spec::OutputKind::tied);
    CHECK(spec.ropes == std::vector<spec::RopeSpec>{{16, 1.0F}});
    CHECK(spec.layers[0].rope == 0U);
    CHECK(spec.layers[0].query_scale == 0.25F);
    CHECK(spec.layers[0].gated);
    CHECK(formats::spec_from_json(formats::spec_to_json(spec), 2, "here") == spec);
    error_of(ErrorCode::model, [&] { formats::spec_from_json(json, 2, "here"); });
}

TEST_CASE("quire: nothing is left of a file that was not finished") {
    const TempDir dir;
    {
        formats::QuireWriter writer(base::resolve_output(dir.file("never")));
        writer.add_section("odd", base::as_bytes(std::string_view("x")));
    }
    CHECK(std::filesystem::is_empty(dir.file("")));
}
