// The directory of a zip file whose entries are stored as they are, as torch.save() writes it. Nothing
// is unpacked: entries are views into the mapped file.
// source: PKWARE, APPNOTE.TXT 6.3.10 (with Zip64).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace quire::formats {

struct ZipEntry {
    std::string_view name;
    base::Bytes data;
};

// In the order of the directory. Error{model} naming `where` for anything that is not a zip file, an
// entry that is compressed, encrypted or outside of the file, or a name that occurs twice.
std::vector<ZipEntry> read_zip(base::Bytes file, const std::string& where);

// Whether a file begins as zip files do.
bool begins_as_zip(base::Bytes file) noexcept;

}  // namespace quire::formats
