#include "formats/pytorch/pytorch.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "formats/pytorch/pickle.h"
#include "formats/pytorch/zip.h"
#include "tests/formats/support.h"

namespace quire::formats {

namespace {

using namespace std::literals;
using tests::error_of;
using tests::golden_path;

void check_says(const std::string& error, const std::string& text) {
    INFO(error);
    CHECK(error.find(text) != std::string::npos);
}

// A pickle that leaves the value that `body` makes.
std::string pickle(std::string_view body) {
    return "\x80\x02" + std::string(body) + ".";
}

// What the machine says about a pickle; empty when it reads it.
std::string verdict(std::string_view bytes, PickleKind kind = PickleKind::tensors) {
    return error_of([&] {
        base::ByteReader reader(base::as_bytes(bytes), "x.pkl");
        read_pickle(reader, kind);
    });
}

std::string global(std::string_view module, std::string_view name) {
    return "c" + std::string(module) + "\n" + std::string(name) + "\n";
}

std::string text(std::string_view content) {
    return "U" + std::string(1, static_cast<char>(content.size())) + std::string(content);
}

const std::string kStorage =
    "(" + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu") + "K\x04tQ";
const std::string kFlags = "\x89" + global("collections", "OrderedDict") + ")R";

// A tensor "a" in a dict. `size` and `stride` are pickled tuples.
std::string dict_of(const std::string& size, const std::string& stride,
                    const std::string& offset = "K\0"s) {
    return pickle("}" + text("a") + global("torch._utils", "_rebuild_tensor_v2") + "(" + kStorage +
                  offset + size + stride + kFlags + "tRs");
}

// A zip file of stored entries, without checksums.
std::string zip_of(const std::vector<std::pair<std::string, std::string>>& entries) {
    std::string file;
    std::string directory;
    for (const auto& [name, content] : entries) {
        std::string sizes;
        tests::put<std::uint32_t>(sizes, 0);  // checksum
        tests::put(sizes, static_cast<std::uint32_t>(content.size()));
        tests::put(sizes, static_cast<std::uint32_t>(content.size()));
        tests::put(sizes, static_cast<std::uint16_t>(name.size()));
        tests::put<std::uint16_t>(sizes, 0);  // extra fields
        directory += "PK\1\2" + std::string(12, '\0') + sizes + std::string(10, '\0');
        tests::put(directory, static_cast<std::uint32_t>(file.size()));
        directory += name;
        file += "PK\3\4" + std::string(10, '\0') + sizes + name + content;
    }
    std::string end = "PK\5\6" + std::string(4, '\0');
    for (int i = 0; i < 2; ++i) tests::put(end, static_cast<std::uint16_t>(entries.size()));
    tests::put(end, static_cast<std::uint32_t>(directory.size()));
    tests::put(end, static_cast<std::uint32_t>(file.size()));
    tests::put<std::uint16_t>(end, 0);
    return file + directory + end;
}

// What the reader says about an archive with this pickle and a storage of 16 bytes.
std::string archive_verdict(const std::string& pickled,
                            const std::string& data = std::string(16, 'x'),
                            std::vector<std::pair<std::string, std::string>> more = {}) {
    const tests::TempDir folder;
    more.emplace_back("m/data.pkl", pickled);
    more.emplace_back("m/data/0", data);
    const std::string path = folder.write("x.bin", zip_of(more));
    return error_of([&] { const PytorchFile file(path); });
}

void read_all(const std::string& path) {
    const PytorchFile file(path);
    for (const SourceTensor& tensor : file.set().tensors()) {
        std::vector<float> row(tensor.columns());
        for (std::uint64_t r = 0; r < tensor.rows(); ++r) read_row(row, tensor, r);
    }
}

TEST_CASE("pytorch: a file of torch.save() has its names, shapes and values") {
    for (const char* name : {"pytorch.bin", "pytorch_legacy.bin"}) {
        CAPTURE(name);
        const PytorchFile file(golden_path(name));
        tests::check_values(file.set().tensors(), golden_path(name + ".values.txt"s));
        std::vector<std::string> coded;
        for (const CodedTensor& tensor : file.set().coded()) {
            coded.push_back(tensor.name + " " + std::string(tensor.dtype));
        }
        CHECK(coded == std::vector<std::string>{"ids.i64 I64", "mask.bool BOOL", "double F64",
                                                "position_ids I64"});
        check_says(error_of([&] { file.set().find("ids.i64"); }), "has dtype I64");
    }
    const PytorchFile file(golden_path("pytorch_f8.bin"));
    REQUIRE(file.set().coded().size() == 1);
    CHECK(file.set().coded()[0].dtype == "F8_E4M3");
    CHECK(file.set().coded()[0].data.size() == 4);
}

TEST_CASE("pytorch: the shards of an index are one list of tensors") {
    const PytorchFolder folder(golden_path("pytorch_sharded"));
    tests::check_values(folder.set().tensors(), golden_path("pytorch_sharded.values.txt"));
    const tests::TempDir dir;
    const std::string index = "pytorch_sharded/pytorch_model.bin.index.json";
    dir.write(PytorchFolder::kIndex, tests::read_file(golden_path(index)));
    check_says(error_of([&] { const PytorchFolder opened(dir.path("")); }),
               "shard pytorch_model-00001-of-00002.bin, which should hold 2 tensors, is missing, "
               "and so are 1 more");
}

TEST_CASE("pytorch: the pickles that the corruptions start from are valid") {
    CHECK(verdict(dict_of("K\x04\x85", "K\x01\x85")) == "");
    CHECK(archive_verdict(dict_of("K\x04\x85", "K\x01\x85")) == "");
    CHECK(archive_verdict(dict_of("K\x02K\x02\x86", "K\x01K\x02\x86")) == "");
    CHECK(archive_verdict(dict_of("K\0\x85"s, "K\x01\x85")) == "");
    CHECK(verdict(pickle("}")) == "");
    CHECK(verdict(pickle("K\x05"), PickleKind::integer) == "");
    CHECK(verdict(pickle("](" + text("a") + text("b") + "e"), PickleKind::texts) == "");
}

TEST_CASE("pytorch: a pickle that does anything but make tensors is refused by name") {
    struct Corruption {
        const char* word;  // of the message
        std::string bytes;
    };
    const std::vector<Corruption> corruptions{
        {"the function 'posix.system' is not supported",
         pickle(global("posix", "system") + text("true") + "\x85R")},
        {"the function 'builtins.eval' is not supported",
         pickle("}" + text("a") + global("builtins", "eval") + text("1") + "\x85Rs")},
        {"the function 'torch._utils._rebuild_sparse_tensor' is not supported",
         pickle(global("torch._utils", "_rebuild_sparse_tensor") + ")R")},
        {"expected a class of storages, found the global 'os.system'",
         pickle("(" + text("storage") + global("os", "system") + text("0") + text("cpu") +
                "K\x04tQ")},
        {"expected a tensor for 'a', found the global 'os.system'",
         pickle("}" + text("a") + global("os", "system") + "s")},
        {"instruction 0x69 is not supported", pickle("(" + text("a") + "ios\nsystem\n")},
        {"instruction 0x81 is not supported", pickle(global("a", "b") + ")\x81")},
        {"instruction 0x93 is not supported", pickle(text("os") + text("system") + "\x93")},
        {"instruction 0x50 is not supported", pickle("P1\n")},
        {"an object with a state of its own", pickle("}}" + text("x") + "Nsb")},
        {"expected a pickle, found other bytes", "}."},
        {"found protocol 4", "\x80\x04}."},
        {"expected a tensor for 'a', found a float", pickle("}" + text("a") + "G12345678s")},
        {"expected a tensor for 'a', found a dict", pickle("}" + text("a") + "}s")},
        {"expected the name of a tensor, found an integer", pickle("}K\1K\1s")},
        {"expected a dict of tensors, found a list", pickle("]")},
        {"leave one value", pickle("")},
        {"found none on the stack", pickle("t")},
        {"found none on the stack", pickle("N(a")},
        {"leave one value", pickle("NN")},
        {"a value for each key", pickle("}(Nu")},
        {"expected a container", pickle("N(Nu")},
        {"a remembered value, found none", pickle("h\7")},
        {"at most 64 bits", pickle("\x8a\x09" + std::string(9, '\1'))},
        {"the name of a global is too long", pickle("c" + std::string(2000, 'a') + "\nb\n")},
        {"bytes of text, found", pickle("X\xff\xff\xff\xff")},
        {"the pickle is too long", "\x80\x02" + std::string((16U << 20) + 9, '}') + "."},
        {"bytes of instruction", std::string("\x80\x02(")},
        {"expected a storage and its key", pickle("NNNNK\1tQ").insert(2, "(")},
        {"expected 5 to 6 values for a storage", pickle(")Q")},
        {"expected a storage for a tensor, found None",
         pickle(global("torch._utils", "_rebuild_tensor_v2") + "(NK\1))NNtR")},
    };
    for (const Corruption& corruption : corruptions) {
        check_says(verdict(corruption.bytes), corruption.word);
    }
    // Tensors nested deeper than any stack are no problem, and no weights.
    check_says(verdict(pickle("N" + std::string(1'000'000, '\x85'))), "found a tuple");
}

TEST_CASE("pytorch: tensors that do not fit their storage are refused") {
    const auto check = [](const std::string& size, const std::string& stride, const char* word,
                          const std::string& offset = "K\0"s) {
        check_says(archive_verdict(dict_of(size, stride, offset)), word);
    };
    check("K\x05\x85", "K\x01\x85", "tensor a expected to lie within its storage");
    check("K\x04\x85", "K\x02\x85", "tensor a expected to lie within its storage");
    check("K\x04\x85", "K\x01\x85", "tensor a expected to lie within its storage", "K\x01");
    check("K\x04\x85", "K\x01\x85", "a tensor's offset of at least 0", "J\xff\xff\xff\xff");
    check("J\xff\xff\xff\xff\x85", "K\x01\x85", "a tensor's size of at least 0");
    check("K\x04\x85", "N\x85", "a tensor's stride of at least 0, found None");
    check("K\x02K\x02\x86", "K\x01\x85", "as many strides as sizes");
    const std::string huge = "\x8a\x08" + std::string(7, '\xff') + "\x7f";
    check(huge + "\x85", "K\x01\x85", "lie within its storage");
    check(huge + "\x85", huge + "\x85", "lie within its storage");
    check("K\x04\x85", "K\x01\x85", "lie within its storage", huge);
    // Strides of 0 repeat elements: neither may the size overflow nor the rows be endless.
    check(huge + huge + "\x86", "K\0K\0\x86"s, "overflows 64 bits");
    check(huge + "\x85", "K\0\x85"s, "more elements than its storage");
    check_says(archive_verdict(dict_of("K\x04\x85", "K\x01\x85"), std::string(15, 'x')),
               "storage '0' expected to have 4 elements of F32, found 15 bytes");
    check_says(verdict(pickle("}(" + text("a") + "N" + text("a") + "Nu")), "for 'a', found None");
}

TEST_CASE("pytorch: an archive that is none of torch.save() is refused") {
    const std::string good = dict_of("K\x04\x85", "K\x01\x85");
    check_says(archive_verdict(good, std::string(16, 'x'), {{"m/byteorder", "big"}}),
               "little-endian");
    check_says(archive_verdict(good, std::string(16, 'x'), {{"m/constants.pkl", ""}}),
               "is a TorchScript archive");
    check_says(archive_verdict(good, std::string(16, 'x'), {{"m/data/0", ""}}), "occurs twice");
    const tests::TempDir folder;
    const auto says = [&](const std::string& content) {
        const std::string path = folder.write("x.bin", content);
        return error_of([&] { const PytorchFile file(path); });
    };
    check_says(says(zip_of({{"m/x", ""}})), "expected an archive with data.pkl");
    check_says(says("PK\3\4"), "the end of a zip file");
    check_says(says(""), "expected a file of torch.save()");
    check_says(says("\x80\x02}."), "expected a file of torch.save()");
    std::string packed = zip_of({{"m/data.pkl", good}, {"m/data/0", std::string(16, 'x')}});
    packed[packed.find("PK\1\2") + 10] = 8;
    check_says(says(packed), "found a compressed one");
    packed[packed.find("PK\1\2") + 10] = 0;
    packed[packed.find("PK\1\2") + 8] = 1;
    check_says(says(packed), "is encrypted");
}

TEST_CASE("pytorch: a file that was cut or changed is read or refused, and nothing worse") {
    for (const char* name : {"pytorch.bin", "pytorch_legacy.bin"}) {
        const std::string content = tests::read_file(golden_path(name));
        tests::check_every_prefix_refused(content, read_all);
        CHECK(tests::count_refused_flips(content, 0, read_all) > content.size() / 8);
    }
}

}  // namespace

}  // namespace quire::formats
