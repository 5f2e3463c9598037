#include "formats/safetensors/safetensors.h"

#include <algorithm>
#include <tuple>

#include "formats/safetensors/header.h"
#include "lib/base/files/lfs_pointer.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // source: MAX_HEADER_SIZE of the crate

base::Bytes take_header(base::ByteReader& reader) {
    const auto length = reader.read<std::uint64_t>("header length");
    if (length > kMaxHeaderBytes) {
        reader.fail("expected a header of at most " + std::to_string(kMaxHeaderBytes) +
                    " bytes, found a length of " + std::to_string(length));
    }
    return reader.take(length, "header");
}

// The bytes that shape and dtype require.
std::uint64_t checked_bytes(const HeaderEntry& entry, const SafetensorsDtype& dtype,
                            const std::string& where) {
    std::optional<std::uint64_t> bits = 1;
    for (const std::uint64_t size : entry.shape) {
        bits = base::checked_mul(*bits, size);
        if (!bits) break;
    }
    if (bits) bits = base::checked_mul(*bits, dtype.bits);
    if (!bits) throw Error(ErrorCode::model, where, "its size overflows 64 bits");
    if (*bits % 8 != 0) {
        throw Error(ErrorCode::model, where,
                    "expected whole bytes, found " + std::to_string(*bits) + " bits");
    }
    return *bits / 8;
}

const SafetensorsDtype& checked_dtype(const HeaderEntry& entry, const std::string& where) {
    const SafetensorsDtype* dtype = find_safetensors_dtype(entry.dtype);
    if (dtype == nullptr) {
        throw Error(ErrorCode::model, where,
                    "unknown dtype '" + base::printable(entry.dtype) + "'");
    }
    return *dtype;
}

// The entries must tile the data. They come in the order of their offsets.
void check_extent(const HeaderEntry& entry, std::uint64_t previous_end, std::uint64_t expected,
                  std::uint64_t data_bytes, const std::string& where) {
    const auto fail = [&](const std::string& message) {
        throw Error(ErrorCode::model, where, message);
    };
    if (entry.begin != previous_end) {
        fail("expected data_offsets to begin at " + std::to_string(previous_end) + ", found " +
             std::to_string(entry.begin) +
             (entry.begin < previous_end ? " (tensors overlap)" : " (a hole in the data)"));
    }
    if (entry.end < entry.begin) fail("data_offsets end before they begin");
    if (entry.end > data_bytes) {
        fail("expected data_offsets to end within the " + std::to_string(data_bytes) +
             " bytes of data, found " + std::to_string(entry.end));
    }
    if (entry.end - entry.begin != expected) {
        fail("expected " + std::to_string(expected) + " bytes for its shape and dtype, found " +
             std::to_string(entry.end - entry.begin));
    }
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::string& path)
    : file_(std::make_unique<base::MappedFile>(base::MappedFile::open(path))) {
    base::refuse_lfs_pointer(*file_);
    base::ByteReader reader(file_->bytes(), path);
    SafetensorsHeader header = parse_safetensors_header(take_header(reader), path + ": header");
    metadata_ = std::move(header.metadata);
    const base::Bytes data = reader.take(reader.remaining(), "data");

    std::ranges::sort(header.entries, {},
                      [](const HeaderEntry& entry) { return std::tie(entry.begin, entry.end); });
    std::vector<SourceTensor> tensors;
    std::vector<CodedTensor> coded;
    std::uint64_t end = 0;
    for (HeaderEntry& entry : header.entries) {
        const std::string where = path + ": tensor " + base::printable(entry.name);
        const SafetensorsDtype& dtype = checked_dtype(entry, where);
        check_extent(entry, end, checked_bytes(entry, dtype, where), data.size(), where);
        end = entry.end;
        if (dtype.type) {
            tensors.push_back({.name = std::move(entry.name),
                               .type = *dtype.type,
                               .shape = std::move(entry.shape),
                               .data = data.subspan(entry.begin, entry.end - entry.begin),
                               .file = file_.get()});
        } else {
            coded.push_back({.name = std::move(entry.name),
                             .dtype = dtype.name,
                             .shape = std::move(entry.shape),
                             .data = data.subspan(entry.begin, entry.end - entry.begin),
                             .file = file_.get()});
        }
    }
    if (end != data.size()) {
        throw Error(ErrorCode::model, path,
                    "expected " + std::to_string(end) + " bytes of data for its tensors, found " +
                        std::to_string(data.size()));
    }
    set_ = TensorSet(std::move(tensors), std::move(coded));
}

}  // namespace quire::formats
