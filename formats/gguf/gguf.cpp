#include "formats/gguf/gguf.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "formats/gguf/ggml_type.h"
#include "formats/gguf/split.h"
#include "formats/gguf/unpack_block.h"
#include "lib/base/files/lfs_pointer.h"
#include "lib/base/quoted.h"

namespace quire::formats::gguf {

namespace {

constexpr std::uint64_t kDefaultAlignment = 32;
constexpr std::uint64_t kMinAlignment = 8;
constexpr std::uint64_t kMaxAlignment = 65536;
constexpr std::uint64_t kMaxKeyBytes = 65535;  // source: docs/gguf.md
// The specification allows 64 bytes. Some programs are built with a larger limit.
constexpr std::uint64_t kMaxNameBytes = 256;
constexpr std::uint32_t kMaxDims = 4;
// The smallest entry: key length, a key of one byte, type, a value of one byte.
constexpr std::uint64_t kMinKeyValue = 8 + 1 + 4 + 1;
// Name length, number of dimensions, type, offset.
constexpr std::uint64_t kMinTensor = 8 + 4 + 4 + 8;

// The byte range of a tensor, relative to the start of the data.
struct Extent {
    std::uint64_t offset;
    std::uint64_t length;
};

std::string quoted(std::string_view name) {
    // Not "'" + ...: g++ 12 warns of an overlap in its own inlined insert().
    std::string out = "'";
    out += base::printable(name);
    out += '\'';
    return out;
}

std::uint32_t read_version(base::ByteReader& reader) {
    const std::string_view magic = reader.take_text(4, "magic");
    if (magic != "GGUF") reader.fail("expected the magic 'GGUF', found " + quoted(magic));
    const auto version = reader.read<std::uint32_t>("version");
    if (version != 0 && (version & 0xFFFFU) == 0) reader.fail("a big-endian GGUF is not supported");
    if (version != 2 && version != 3) {
        reader.fail("expected GGUF version 2 or 3, found version " + std::to_string(version));
    }
    return version;
}

std::string_view read_name(base::ByteReader& reader, std::uint64_t max_bytes, const char* what) {
    const auto length = reader.read<std::uint64_t>(what);
    if (length == 0 || length > max_bytes) {
        reader.fail("expected " + std::string(what) + " of 1 to " + std::to_string(max_bytes) +
                    " bytes, found " + std::to_string(length));
    }
    return reader.take_text(length, what);
}

// Slowest dimension first.
std::vector<std::uint64_t> read_shape(base::ByteReader& reader, const std::string& where) {
    const auto n_dims = reader.read<std::uint32_t>("number of dimensions");
    if (n_dims > kMaxDims) {
        reader.fail(where + ": expected at most 4 dimensions, found " + std::to_string(n_dims));
    }
    std::vector<std::uint64_t> shape(n_dims);
    for (std::uint64_t& size : shape) {
        size = reader.read<std::uint64_t>("dimension");
        if (size == 0) reader.fail(where + ": a dimension is zero");
    }
    std::ranges::reverse(shape);
    return shape;
}

SourceType read_type(base::ByteReader& reader, const std::string& where) {
    const auto id = reader.read<std::uint32_t>("tensor type");
    const auto type = source_type_from_ggml(id);
    if (!type) {
        throw Error(
            ErrorCode::model, reader.name(),
            where + " has type " + ggml_type_name(id) + ", expected one of " + ggml_types_read());
    }
    return *type;
}

std::uint64_t checked_bytes(const base::ByteReader& reader, const SourceTensor& tensor,
                            const std::string& where) {
    const SourceTypeInfo& type = info(tensor.type);
    if (tensor.columns() % type.block != 0) {
        reader.fail(where + " of type " + std::string(type.name) +
                    ": expected rows of a multiple of " + std::to_string(type.block) + ", found " +
                    std::to_string(tensor.columns()));
    }
    const auto bytes = source_bytes(tensor.type, tensor.shape);
    if (!bytes) reader.fail(where + ": its size overflows 64 bits");
    return *bytes;
}

void check_overlaps(const std::string& path, std::span<const SourceTensor> tensors,
                    std::span<const Extent> extents) {
    std::vector<std::size_t> order(extents.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return extents[i].offset; });
    for (std::size_t i = 1; i < order.size(); ++i) {
        const Extent& before = extents[order[i - 1]];
        // No sum overflows, because every extent was checked to lie within the file.
        if (extents[order[i]].offset < before.offset + before.length) {
            throw Error(ErrorCode::model, path,
                        "tensors " + quoted(tensors[order[i - 1]].name) + " and " +
                            quoted(tensors[order[i]].name) + " overlap");
        }
    }
}

}  // namespace

File::File(const std::string& path) : File(path, OnePart()) {
    const std::uint64_t parts = get_u64("split.count").value_or(1);
    if (parts > 1) read_parts(parts);
    index_tensors();
}

File::File(const std::string& path, OnePart)
    : file_(std::make_unique<base::MappedFile>(base::MappedFile::open(path))) {
    base::refuse_lfs_pointer(*file_);
    base::ByteReader reader(file_->bytes(), path);
    version_ = read_version(reader);
    const auto n_tensors = reader.read<std::uint64_t>("number of tensors");
    const auto n_keys = reader.read<std::uint64_t>("number of metadata keys");
    reader.expect_count(n_tensors, kMinTensor, "tensors");
    reader.expect_count(n_keys, kMinKeyValue, "metadata keys");
    read_metadata(reader, n_keys);
    alignment_ = read_alignment();
    read_tensors(reader, n_tensors);
}

// Parts after the first have no keys but those of the split, and where their data begins.
void File::check_part(const File& part, std::uint64_t no, std::uint64_t count) const {
    const auto expect = [&](std::string_view key, std::uint64_t number) {
        const auto found = part.get_u64(key);
        if (found == number) return;
        throw Error(ErrorCode::model, part.file_->path(),
                    "key " + quoted(key) + " expected to be " + std::to_string(number) +
                        ", found " + (found ? std::to_string(*found) : "none"));
    };
    expect("split.no", no);
    expect("split.count", count);
    const auto architecture = part.find("general.architecture") != nullptr
                                  ? part.get_string("general.architecture")
                                  : get_string("general.architecture");
    const auto other = std::ranges::find_if(part.metadata_, [](const KeyValue& entry) {
        return !entry.key.starts_with("split.") && entry.key != "general.alignment" &&
               entry.key != "general.architecture";
    });
    if (no > 0 &&
        (other != part.metadata_.end() || architecture != get_string("general.architecture"))) {
        throw Error(ErrorCode::model, part.file_->path(),
                    "expected a part with tensors only, found the keys of another model");
    }
}

void File::read_parts(std::uint64_t count) {
    const std::string& path = file_->path();
    if (count > kMaxParts) {
        throw Error(ErrorCode::model, path,
                    "key 'split.count' expected to be at most " + std::to_string(kMaxParts) +
                        ", found " + std::to_string(count));
    }
    const PartPaths paths(path, count);
    check_part(*this, 0, count);
    paths.check_all_there();
    parts_.reserve(count - 1);
    for (std::uint64_t no = 1; no < count; ++no) {
        const File& part = parts_.emplace_back(File(paths.path(no), OnePart()));
        check_part(part, no, count);
        tensors_.insert(tensors_.end(), part.tensors_.begin(), part.tensors_.end());
    }
    const auto n_tensors = get_u64("split.tensors.count");
    if (n_tensors && *n_tensors != tensors_.size()) {
        throw Error(ErrorCode::model, path,
                    "its parts expected to have " + std::to_string(*n_tensors) +
                        " tensors together, found " + std::to_string(tensors_.size()));
    }
}

void File::index_tensors() {
    std::vector<std::string_view> names;
    names.reserve(tensors_.size());
    for (const SourceTensor& tensor : tensors_) names.emplace_back(tensor.name);
    names_ = NameIndex(std::move(names));
    if (const auto name = names_.duplicate()) {
        throw Error(ErrorCode::model, file_->path(), "tensor " + quoted(*name) + " occurs twice");
    }
}

void File::read_metadata(base::ByteReader& reader, std::uint64_t n_keys) {
    metadata_.reserve(n_keys);
    std::vector<std::string_view> keys;
    keys.reserve(n_keys);
    for (std::uint64_t i = 0; i < n_keys; ++i) {
        const std::string_view key = read_name(reader, kMaxKeyBytes, "a metadata key");
        const auto type = reader.read<std::uint32_t>("value type");
        metadata_.push_back({key, read_value(reader, type)});
        keys.push_back(key);
    }
    keys_ = NameIndex(std::move(keys));
    if (const auto key = keys_.duplicate()) {
        throw Error(ErrorCode::model, reader.name(), "key " + quoted(*key) + " occurs twice");
    }
}

std::uint64_t File::read_alignment() const {
    constexpr std::string_view kKey = "general.alignment";
    const Value* value = typed(kKey, ValueType::u32, false);
    if (value == nullptr) return kDefaultAlignment;
    const std::uint64_t alignment = *natural_at(*value, 0);
    if (!std::has_single_bit(alignment) || alignment < kMinAlignment || alignment > kMaxAlignment) {
        throw Error(ErrorCode::model, file_->path(),
                    "general.alignment: expected a power of two from 8 to 65536, found " +
                        std::to_string(alignment));
    }
    return alignment;
}

void File::read_tensors(base::ByteReader& reader, std::uint64_t n_tensors) {
    tensors_.reserve(n_tensors);
    std::vector<Extent> extents;
    extents.reserve(n_tensors);
    for (std::uint64_t i = 0; i < n_tensors; ++i) {
        SourceTensor tensor;
        tensor.name = read_name(reader, kMaxNameBytes, "a tensor name");
        const std::string where = "tensor " + base::printable(tensor.name);
        tensor.shape = read_shape(reader, where);
        tensor.type = read_type(reader, where);
        if (info(tensor.type).block > 1) tensor.unpack = unpack_block;
        tensor.file = file_.get();
        const auto offset = reader.read<std::uint64_t>("tensor offset");
        if (offset % alignment_ != 0) {
            reader.fail(where + ": expected an offset that is a multiple of " +
                        std::to_string(alignment_) + ", found " + std::to_string(offset));
        }
        extents.push_back({offset, checked_bytes(reader, tensor, where)});
        tensors_.push_back(std::move(tensor));
    }

    // The data begins at the next multiple of the alignment. A file without tensors may end before
    // that.
    const base::Bytes file = file_->bytes();
    const std::uint64_t start =
        std::min<std::uint64_t>(base::align_up(reader.position(), alignment_), file.size());
    for (std::size_t i = 0; i < tensors_.size(); ++i) {
        tensors_[i].data =
            base::slice(file.subspan(start), extents[i].offset, extents[i].length,
                        reader.name() + ": data of tensor " + base::printable(tensors_[i].name));
    }
    check_overlaps(reader.name(), tensors_, extents);
}

const Value* File::find(std::string_view key) const noexcept {
    const auto at = keys_.find(key);
    return at ? &metadata_[*at].value : nullptr;
}

const SourceTensor* File::tensor(std::string_view name) const noexcept {
    const auto at = names_.find(name);
    return at ? &tensors_[*at] : nullptr;
}

std::optional<std::uint64_t> File::get_u64(std::string_view key) const {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    const auto number = value->is_array ? std::nullopt : natural_at(*value, 0);
    if (!number) wrong_kind(key, "an integer of at least 0", *value);
    return number;
}

std::optional<double> File::get_f64(std::string_view key) const {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    if (value->is_array || (value->type != ValueType::f32 && value->type != ValueType::f64)) {
        wrong_kind(key, "a floating-point number", *value);
    }
    if (value->type == ValueType::f64) return ArrayView<double>(value->data)[0];
    return static_cast<double>(ArrayView<float>(value->data)[0]);
}

std::optional<bool> File::get_bool(std::string_view key) const {
    const Value* value = typed(key, ValueType::boolean, false);
    if (value == nullptr) return std::nullopt;
    return ArrayView<bool>(value->data)[0];
}

std::optional<std::string_view> File::get_string(std::string_view key) const {
    const Value* value = typed(key, ValueType::string, false);
    if (value == nullptr) return std::nullopt;
    return base::as_text(value->data);
}

std::optional<std::vector<std::string_view>> File::get_strings(std::string_view key) const {
    const Value* value = typed(key, ValueType::string, true);
    if (value == nullptr) return std::nullopt;
    return strings_of(*value);
}

std::optional<std::vector<std::uint64_t>> File::get_u64s(std::string_view key) const {
    const Value* value = find(key);
    if (value == nullptr) return std::nullopt;
    constexpr const char* kExpected = "an array of integers of at least 0";
    std::vector<std::uint64_t> out;
    if (!value->is_array || value->type == ValueType::string) wrong_kind(key, kExpected, *value);
    out.reserve(value->count);
    for (std::uint64_t i = 0; i < value->count; ++i) {
        const auto number = natural_at(*value, i);
        if (!number) wrong_kind(key, kExpected, *value);
        out.push_back(*number);
    }
    return out;
}

const Value* File::typed(std::string_view key, ValueType type, bool is_array) const {
    const Value* value = find(key);
    if (value == nullptr) return nullptr;
    if (value->type != type || value->is_array != is_array) {
        wrong_kind(key, describe({.type = type, .is_array = is_array}), *value);
    }
    return value;
}

void File::wrong_kind(std::string_view key, const std::string& expected, const Value& found) const {
    // An integer that does not fit an unsigned type can only be negative.
    const bool is_integer = found.type != ValueType::f32 && found.type != ValueType::f64 &&
                            found.type != ValueType::boolean && found.type != ValueType::string;
    const bool negative = !found.is_array && is_integer && !natural_at(found, 0);
    std::string what = negative ? "a negative " : "";
    what += describe(found);
    throw Error(ErrorCode::model, file_->path(),
                "key " + quoted(key) + ": expected " + expected + ", found " + what);
}

}  // namespace quire::formats::gguf
