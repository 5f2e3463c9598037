#include "formats/quire/tensor_directory.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "lib/base/hash.h"

namespace quire::formats {

namespace {

using quire_file::TensorEntry;

[[noreturn]] void fail(const std::string& where, std::size_t index, const std::string& message) {
    throw Error(ErrorCode::model, where, "entry " + std::to_string(index) + ": " + message);
}

TensorRecord read_entry(const TensorEntry& entry, std::size_t index, const std::string& where) {
    TensorRecord record;
    record.name = quire_file::fixed_name(entry.name, sizeof(entry.name));
    if (record.name.empty()) fail(where, index, "expected a name of printable ASCII");
    const auto dtype = tensor::dtype_from_value(entry.dtype);
    if (!dtype) fail(where, index, "unknown element type " + std::to_string(entry.dtype));
    if (entry.layout > 1) fail(where, index, "unknown layout " + std::to_string(entry.layout));
    for (const std::uint8_t zero : entry.zero) {
        if (zero != 0) fail(where, index, "expected zeros behind the layout");
    }
    record.dtype = *dtype;
    record.is_matrix = entry.layout == 1;
    record.rows = entry.rows;
    record.columns = entry.columns;
    record.offset = entry.offset;
    record.length = entry.length;
    record.hash = entry.hash;
    const auto bytes =
        tensor::tensor_bytes(record.dtype, record.is_matrix, record.rows, record.columns);
    if (!bytes || *bytes != record.length || *bytes == 0) {
        fail(where, index,
             "tensor " + record.name + " expected " + (bytes ? std::to_string(*bytes) : "fewer") +
                 " bytes for its shape, found " + std::to_string(record.length));
    }
    return record;
}

}  // namespace

std::vector<std::byte> directory_to_bytes(const std::vector<TensorRecord>& records) {
    std::vector<std::byte> out;
    for (const TensorRecord& record : records) {
        TensorEntry entry{};
        quire_file::set_fixed_name(entry.name, sizeof(entry.name), record.name);
        entry.dtype = static_cast<std::uint8_t>(record.dtype);
        entry.layout = record.is_matrix ? 1 : 0;
        entry.rows = record.rows;
        entry.columns = record.columns;
        entry.offset = record.offset;
        entry.length = record.length;
        entry.hash = record.hash;
        const base::Bytes bytes = quire_file::bytes_of(entry);
        out.insert(out.end(), bytes.begin(), bytes.end());
    }
    return out;
}

std::vector<TensorRecord> directory_from_bytes(base::Bytes bytes, std::uint64_t weights_bytes,
                                               const std::string& where) {
    if (bytes.size() % sizeof(TensorEntry) != 0) {
        throw Error(ErrorCode::model, where,
                    "expected entries of " + std::to_string(sizeof(TensorEntry)) +
                        " bytes, found " + std::to_string(bytes.size()) + " bytes");
    }
    std::vector<TensorRecord> records;
    std::set<std::string> names;
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < bytes.size() / sizeof(TensorEntry); ++i) {
        TensorEntry entry;
        std::memcpy(&entry, bytes.data() + i * sizeof(entry), sizeof(entry));
        TensorRecord record = read_entry(entry, i, where);
        if (!names.insert(record.name).second) fail(where, i, "second tensor " + record.name);
        if (record.offset != end) {
            fail(where, i,
                 "tensor " + record.name + " expected at byte " + std::to_string(end) +
                     " of the weights, found at " + std::to_string(record.offset));
        }
        if (record.length > weights_bytes - end) {
            fail(where, i,
                 "tensor " + record.name + " expected inside the " + std::to_string(weights_bytes) +
                     " bytes of weights");
        }
        const std::uint64_t rest = weights_bytes - end;
        record.padded_length =
            std::min(base::align_up(record.length, quire_file::kTensorAlign), rest);
        end += record.padded_length;
        records.push_back(std::move(record));
    }
    if (end != weights_bytes || end % quire_file::kTensorAlign != 0) {
        throw Error(ErrorCode::model, where,
                    "tensors expected to fill " + std::to_string(weights_bytes) +
                        " bytes of weights, found to fill " + std::to_string(end));
    }
    return records;
}

std::uint64_t weights_hash(const std::vector<TensorRecord>& records) {
    base::Hasher hasher;
    for (const TensorRecord& record : records) hasher.update(quire_file::bytes_of(record.hash));
    return hasher.digest();
}

}  // namespace quire::formats
