#include "formats/pytorch/pytorch.h"

#include <algorithm>
#include <map>
#include <optional>

#include "formats/pytorch/pickle.h"
#include "formats/pytorch/strided_rows.h"
#include "formats/pytorch/zip.h"
#include "lib/base/files/lfs_pointer.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

using StorageData = std::map<std::string_view, base::Bytes>;

// A number that begins files of torch.save() before PyTorch 1.6, as a pickle.
constexpr std::string_view kLegacyMagic("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9\x20j\xa8P\x19.", 15);
constexpr std::int64_t kLegacyProtocol = 1001;

// A pickle, and the data of its storages by their keys.
struct Content {
    Pickle pickle;
    StorageData data;
};

Content read_archive(base::Bytes file, const std::string& path) {
    constexpr std::string_view kPickle = "/data.pkl";
    const std::vector<ZipEntry> entries = read_zip(file, path);
    const auto ends = [&](const ZipEntry& entry) { return entry.name.ends_with(kPickle); };
    const auto found = std::ranges::find_if(entries, ends);
    if (found == entries.end()) {
        throw Error(ErrorCode::model, path, "expected an archive with data.pkl, found none in it");
    }
    const std::string folder(found->name.substr(0, found->name.size() - kPickle.size() + 1));
    const std::string data = folder + "data/";
    Content content;
    for (const ZipEntry& entry : entries) {
        if (entry.name == folder + "constants.pkl") {
            throw Error(ErrorCode::model, path,
                        "is a TorchScript archive, expected a dict of tensors");
        }
        if (entry.name == folder + "byteorder" && base::as_text(entry.data) != "little") {
            throw Error(ErrorCode::model, path, "expected little-endian data, found another order");
        }
        if (entry.name.starts_with(data)) {
            content.data.emplace(entry.name.substr(data.size()), entry.data);
        }
    }
    base::ByteReader reader(found->data, path + ": data.pkl");
    content.pickle = read_pickle(reader, PickleKind::tensors);
    return content;
}

// Magic, version, the writer's machine, the dict, the keys of its storages, and their data in that
// order, each after its number of elements.
Content read_legacy(base::Bytes file, const std::string& path) {
    base::ByteReader reader(file, path);
    reader.skip(kLegacyMagic.size(), "magic");
    const std::int64_t version = read_pickle(reader, PickleKind::integer).integer;
    if (version != kLegacyProtocol) {
        reader.fail("expected version 1001, found " + std::to_string(version));
    }
    read_pickle(reader, PickleKind::system);
    Content content;
    content.pickle = read_pickle(reader, PickleKind::tensors);
    std::map<std::string_view, std::string_view> dtypes;
    for (const PickledStorage& storage : content.pickle.storages) {
        dtypes.emplace(storage.key, storage.dtype);
    }
    for (const std::string_view key : read_pickle(reader, PickleKind::texts).texts) {
        const auto dtype = dtypes.find(key);
        if (dtype == dtypes.end()) {
            reader.fail("expected a storage of the dict, found '" + base::printable(key) + "'");
        }
        const auto n = reader.read<std::uint64_t>("number of elements");
        const std::uint64_t width = pickled_bytes(dtype->second);
        reader.expect_count(n, width, "elements of a storage");
        content.data.emplace(key, reader.take(n * width, "storage"));
    }
    return content;
}

Content read_content(base::Bytes file, const std::string& path) {
    if (begins_as_zip(file)) return read_archive(file, path);
    if (base::as_text(file).starts_with(kLegacyMagic)) return read_legacy(file, path);
    throw Error(ErrorCode::model, path,
                "expected a file of torch.save(), found one that begins neither as a zip file nor "
                "as a pickle of PyTorch");
}

// The data of each storage, as long as its type and number of elements say.
std::vector<base::Bytes> find_storages(const Content& content, const std::string& path) {
    std::vector<base::Bytes> out;
    for (const PickledStorage& storage : content.pickle.storages) {
        const std::string name = "storage '" + base::printable(storage.key) + "'";
        const auto found = content.data.find(storage.key);
        if (found == content.data.end()) {
            throw Error(ErrorCode::model, path, name + " expected, none found");
        }
        const auto bytes = base::checked_mul(storage.n_elements, pickled_bytes(storage.dtype));
        if (!bytes || *bytes != found->second.size()) {
            throw Error(ErrorCode::model, path,
                        name + " expected to have " + std::to_string(storage.n_elements) +
                            " elements of " + std::string(storage.dtype) + ", found " +
                            std::to_string(found->second.size()) + " bytes");
        }
        out.push_back(found->second);
    }
    return out;
}

// Elements from the first to the last one; nothing when that overflows.
std::optional<std::uint64_t> extent(const PickledTensor& tensor) {
    std::optional<std::uint64_t> n = 1;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        if (tensor.shape[i] == 0) return 0;
        const auto more = base::checked_mul(tensor.shape[i] - 1, tensor.stride[i]);
        if (!more) return std::nullopt;
        n = base::checked_add(*n, *more);
        if (!n) return std::nullopt;
    }
    return n;
}

// Without gaps and in order. Strides of dimensions of size 1 do not count.
bool is_contiguous(const PickledTensor& tensor) {
    std::uint64_t expected = 1;
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] != 1 && tensor.stride[i] != expected) return false;
        expected *= tensor.shape[i];  // within the extent, which was checked
    }
    return true;
}

// Tensors become weights, or tensors of other dtypes.
class Sorter {
  public:
    Sorter(const Content& content, const base::MappedFile& file)
        : content_(content), file_(file), storages_(find_storages(content, file.path())) {}

    void add(const NamedTensor& named) {
        const PickledTensor& tensor = content_.pickle.tensors[named.tensor];
        const base::Bytes data = data_of(tensor, named.name);
        const auto type = type_of(tensor.dtype);
        if (is_contiguous(tensor)) {
            if (type) {
                tensors_.push_back({.name = std::string(named.name),
                                    .type = *type,
                                    .shape = tensor.shape,
                                    .data = data,
                                    .file = &file_});
            } else {
                coded_.push_back(
                    {std::string(named.name), tensor.dtype, tensor.shape, data, &file_});
            }
        } else if (type) {
            tensors_.push_back(strided_tensor(std::string(named.name),
                                              {*type, tensor.shape, tensor.stride, data, &file_}));
        } else {
            fail(named.name, "of " + std::string(tensor.dtype) + " is not contiguous");
        }
    }
    TensorSet take() { return {std::move(tensors_), std::move(coded_)}; }

  private:
    static std::optional<SourceType> type_of(std::string_view dtype) {
        for (const SourceType type : {SourceType::f32, SourceType::f16, SourceType::bf16}) {
            if (info(type).name == dtype) return type;
        }
        return std::nullopt;
    }
    [[noreturn]] void fail(std::string_view name, const std::string& message) const {
        throw Error(ErrorCode::model, file_.path(),
                    "tensor " + base::printable(name) + " " + message);
    }
    // The bytes from the tensor's first element to its last one.
    base::Bytes data_of(const PickledTensor& tensor, std::string_view name) const {
        const std::uint64_t width = pickled_bytes(tensor.dtype);
        const base::Bytes storage = storages_[tensor.storage];
        const auto n = extent(tensor);
        const std::uint64_t available = storage.size() / width;
        if (!n || *n > available || tensor.offset > available - *n) {
            fail(name, "expected to lie within its storage, found it to reach beyond its " +
                           std::to_string(available) + " elements");
        }
        // The product of the sizes may be larger than the extent if strides repeat elements.
        std::optional<std::uint64_t> product = 1;
        for (const std::uint64_t size : tensor.shape) {
            product = base::checked_mul(*product, size);
            if (!product) fail(name, "has a size that overflows 64 bits");
        }
        if (*product > available) fail(name, "has more elements than its storage");
        return storage.subspan(tensor.offset * width, *n * width);
    }

    const Content& content_;
    const base::MappedFile& file_;
    std::vector<base::Bytes> storages_;
    std::vector<SourceTensor> tensors_;
    std::vector<CodedTensor> coded_;
};

}  // namespace

PytorchFile::PytorchFile(const std::string& path)
    : file_(std::make_unique<base::MappedFile>(base::MappedFile::open(path))) {
    base::refuse_lfs_pointer(*file_);
    const Content content = read_content(file_->bytes(), path);
    Sorter sorter(content, *file_);
    for (const NamedTensor& named : content.pickle.named) sorter.add(named);
    set_ = sorter.take();
}

}  // namespace quire::formats
