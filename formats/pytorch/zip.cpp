#include "formats/pytorch/zip.h"

#include <algorithm>

#include "formats/checkpoint/names.h"
#include "lib/base/quoted.h"

namespace quire::formats {

namespace {

constexpr std::uint32_t kEnd = 0x06054B50;           // "PK\5\6"
constexpr std::uint32_t kEnd64 = 0x06064B50;         // "PK\6\6"
constexpr std::uint32_t kEnd64Locator = 0x07064B50;  // "PK\6\7"
constexpr std::uint32_t kEntry = 0x02014B50;         // "PK\1\2"
constexpr std::uint32_t kLocal = 0x04034B50;         // "PK\3\4"
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kLocatorBytes = 20;
constexpr std::uint64_t kEntryBytes = 46;
constexpr std::uint64_t kMaxComment = 0xFFFF;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint64_t kInExtra = 0xFFFFFFFF;  // the value is in the Zip64 extra field

// Where the directory is.
struct Directory {
    std::uint64_t n_entries;
    std::uint64_t bytes;
    std::uint64_t offset;
};

// A reader of the bytes from `offset` on.
base::ByteReader reader_at(base::Bytes file, std::uint64_t offset, const std::string& where) {
    if (offset > file.size()) {
        throw Error(ErrorCode::model, where,
                    "zip directory expected within " + std::to_string(file.size()) +
                        " bytes, found an offset of " + std::to_string(offset));
    }
    return {file.subspan(offset), where};
}

void expect_signature(base::ByteReader& reader, std::uint32_t signature, const char* what) {
    const auto found = reader.read<std::uint32_t>(what);
    if (found != signature) {
        reader.fail(std::string("expected ") + what + " of a zip file, found other bytes");
    }
}

// The last record of a file: its comment ends with the file.
std::uint64_t find_end(base::Bytes file, const std::string& where) {
    const std::uint64_t size = file.size();
    for (std::uint64_t back = kEndBytes; back <= size && back <= kEndBytes + kMaxComment; ++back) {
        base::ByteReader reader(file.subspan(size - back), where);
        if (reader.read<std::uint32_t>("signature") != kEnd) continue;
        reader.skip(16, "end of directory");
        if (reader.read<std::uint16_t>("comment length") == back - kEndBytes) return size - back;
    }
    throw Error(ErrorCode::model, where, "expected the end of a zip file, found none: is it cut?");
}

Directory find_directory(base::Bytes file, const std::string& where) {
    const std::uint64_t end = find_end(file, where);
    base::ByteReader reader = reader_at(file, end + 10, where);
    Directory found{};
    found.n_entries = reader.read<std::uint16_t>("number of entries");
    found.bytes = reader.read<std::uint32_t>("size of the directory");
    found.offset = reader.read<std::uint32_t>("offset of the directory");
    const bool large =
        found.n_entries == 0xFFFF || found.bytes == kInExtra || found.offset == kInExtra;
    if (!large) return found;
    base::ByteReader locator =
        reader_at(file, end >= kLocatorBytes ? end - kLocatorBytes : 0, where);
    expect_signature(locator, kEnd64Locator, "the Zip64 locator");
    locator.skip(4, "number of the disk");
    base::ByteReader end64 =
        reader_at(file, locator.read<std::uint64_t>("offset of the Zip64 end"), where);
    expect_signature(end64, kEnd64, "the Zip64 end");
    end64.skip(28, "Zip64 end");
    found.n_entries = end64.read<std::uint64_t>("number of entries");
    found.bytes = end64.read<std::uint64_t>("size of the directory");
    found.offset = end64.read<std::uint64_t>("offset of the directory");
    return found;
}

// What a directory says about an entry.
struct Described {
    std::string_view name;
    std::uint16_t flags;
    std::uint16_t method;
    std::uint64_t packed_bytes;
    std::uint64_t bytes;
    std::uint64_t offset;
};

// Sizes of 4 GB and more are in an extra field, in this order, those that do not fit above.
void read_extra(Described& entry, base::Bytes extra, const std::string& where) {
    base::ByteReader reader(extra, where);
    while (reader.remaining() >= 4) {
        const auto id = reader.read<std::uint16_t>("id of an extra field");
        const auto length = reader.read<std::uint16_t>("length of an extra field");
        base::ByteReader field(reader.take(length, "extra field"), where);
        if (id != kZip64Extra) continue;
        for (std::uint64_t* value : {&entry.bytes, &entry.packed_bytes, &entry.offset}) {
            if (*value == kInExtra) *value = field.read<std::uint64_t>("Zip64 size");
        }
    }
}

Described read_entry(base::ByteReader& reader) {
    expect_signature(reader, kEntry, "an entry of the directory");
    Described entry{};
    reader.skip(4, "versions");
    entry.flags = reader.read<std::uint16_t>("flags");
    entry.method = reader.read<std::uint16_t>("method");
    reader.skip(8, "time and checksum");
    entry.packed_bytes = reader.read<std::uint32_t>("packed size");
    entry.bytes = reader.read<std::uint32_t>("size");
    const auto name_bytes = reader.read<std::uint16_t>("length of the name");
    const auto extra_bytes = reader.read<std::uint16_t>("length of the extra fields");
    const auto comment_bytes = reader.read<std::uint16_t>("length of the comment");
    reader.skip(8, "attributes");
    entry.offset = reader.read<std::uint32_t>("offset");
    entry.name = reader.take_text(name_bytes, "name");
    read_extra(entry, reader.take(extra_bytes, "extra fields"), reader.name());
    reader.skip(comment_bytes, "comment");
    return entry;
}

ZipEntry find_data(base::Bytes file, const Described& entry, const std::string& archive) {
    const std::string where = archive + ": " + base::printable(entry.name);
    if ((entry.flags & 1U) != 0) throw Error(ErrorCode::model, where, "is encrypted");
    if (entry.method != 0 || entry.packed_bytes != entry.bytes) {
        throw Error(ErrorCode::model, where,
                    "expected an entry that is stored as it is, found a compressed one");
    }
    base::ByteReader local = reader_at(file, entry.offset, where);
    expect_signature(local, kLocal, "an entry");
    local.skip(22, "entry");
    const auto name_bytes = local.read<std::uint16_t>("length of the name");
    const auto extra_bytes = local.read<std::uint16_t>("length of the extra fields");
    if (local.take_text(name_bytes, "name") != entry.name) {
        local.fail("has another name than in the directory");
    }
    local.skip(extra_bytes, "extra fields");
    return {entry.name, local.take(entry.bytes, "data")};
}

}  // namespace

bool begins_as_zip(base::Bytes file) noexcept {
    return base::as_text(file).starts_with("PK\x03\x04");
}

std::vector<ZipEntry> read_zip(base::Bytes file, const std::string& where) {
    const Directory directory = find_directory(file, where);
    base::ByteReader all = reader_at(file, directory.offset, where);
    base::ByteReader reader(all.take(directory.bytes, "directory"), where);
    reader.expect_count(directory.n_entries, kEntryBytes, "entries");
    std::vector<ZipEntry> entries;
    std::vector<std::string_view> names;
    for (std::uint64_t i = 0; i < directory.n_entries; ++i) {
        entries.push_back(find_data(file, read_entry(reader), where));
        names.push_back(entries.back().name);
    }
    if (const auto name = NameIndex(std::move(names)).duplicate()) {
        throw Error(ErrorCode::model, where, "'" + base::printable(*name) + "' occurs twice");
    }
    return entries;
}

}  // namespace quire::formats
