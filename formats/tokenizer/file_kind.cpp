#include "formats/tokenizer/file_kind.h"

#include <algorithm>
#include <cstring>

#include "lib/base/base64.h"
#include "lib/base/files/mapped_file.h"
#include "lib/base/utf8.h"

namespace quire::formats {

namespace {

constexpr std::size_t kBytesLookedAt = 4096;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

bool begins_like(std::string_view text, std::string_view lower) {
    return text.size() >= lower.size() &&
           std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
               return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
           });
}

// "IQ== 0"
bool is_tiktoken_line(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t space = line.find(' ');
    if (space == 0 || space == std::string_view::npos || space + 1 == line.size()) return false;
    const std::string_view digits = line.substr(space + 1);
    return std::all_of(digits.begin(), digits.end(), is_digit) &&
           base::decode_base64(line.substr(0, space)).has_value();
}

// A field of number 1 that holds a piece, whose field 1 is its text.
bool is_sentencepiece(std::string_view begin) {
    if (begin.size() < 4 || begin[0] != '\x0A') return false;
    const auto length = static_cast<unsigned char>(begin[1]);
    if (length >= 0x80) return begin[3] == '\x0A';
    return length >= 2 && begin[2] == '\x0A' && static_cast<unsigned char>(begin[3]) < length;
}

// A length of 8 bytes, then a JSON header.
bool is_safetensors(std::string_view begin) {
    if (begin.size() < 10) return false;
    std::uint64_t length = 0;
    std::memcpy(&length, begin.data(), sizeof length);
    return length < (1U << 27) && begin.substr(8, 2) == "{\"";
}

bool is_text(std::string_view begin) {
    // The last character may be incomplete.
    for (std::size_t cut = 0; cut < 4 && cut < begin.size(); ++cut) {
        const std::string_view whole = begin.substr(0, begin.size() - cut);
        if (base::is_utf8(whole)) return whole.find('\0') == std::string_view::npos;
    }
    return false;
}

}  // namespace

FileKind kind_of(std::string_view begin) {
    if (begin.empty()) return FileKind::empty;
    if (begin.starts_with("GGUF")) return FileKind::gguf;
    if (begin.starts_with("\x93QUI\r\n")) return FileKind::quire;  // formats/quire/layout.h
    if (begin.starts_with("version https://git-lfs")) return FileKind::git_lfs;
    if (begin.starts_with("PK\x03\x04")) return FileKind::zip;
    if (begin.starts_with("\x1F\x8B")) return FileKind::gzip;
    if (begin[0] == '\x80' && begin.size() > 1 && begin[1] >= 2 && begin[1] <= 5) {
        return FileKind::pickle;
    }
    if (is_safetensors(begin)) return FileKind::safetensors;
    if (is_sentencepiece(begin)) return FileKind::sentencepiece;
    if (!is_text(begin)) return FileKind::binary;
    const std::string_view text = trimmed(begin);
    // "[PAD]" is the first line of many vocab.txt files.
    const bool is_list =
        text.starts_with('[') && (text.size() < 2 || text[1] < 'A' || text[1] == '[');
    if (text.starts_with('{') || is_list) return FileKind::json;
    for (const std::string_view tag : {"<!doctype", "<html", "<?xml"}) {
        if (begins_like(text, tag)) return FileKind::html;
    }
    if (text.starts_with("#version")) return FileKind::merges;
    return is_tiktoken_line(text.substr(0, text.find('\n'))) ? FileKind::tiktoken : FileKind::text;
}

FileKind kind_of_file(const std::string& path) {
    const base::MappedFile file = base::MappedFile::open(path);
    const base::Bytes bytes = file.bytes();
    return kind_of(base::as_text(bytes.first(std::min(bytes.size(), kBytesLookedAt))));
}

std::string name_of(FileKind kind) {
    switch (kind) {
        case FileKind::json:
            return "JSON";
        case FileKind::tiktoken:
            return "a tiktoken file";
        case FileKind::sentencepiece:
            return "a SentencePiece model";
        case FileKind::merges:
            return "merges.txt, which needs the vocab.json beside it: name their folder";
        case FileKind::gguf:
            return "a GGUF file";
        case FileKind::quire:
            return "a .quire file";
        case FileKind::text:
            return "text";
        case FileKind::git_lfs:
            return "a pointer of git-lfs in place of the file (git lfs pull fetches it)";
        case FileKind::html:
            return "a web page, probably an error met while downloading";
        case FileKind::safetensors:
            return "weights (safetensors)";
        case FileKind::zip:
            return "a zip archive, which weights of PyTorch are";
        case FileKind::pickle:
            return "a pickle of Python";
        case FileKind::gzip:
            return "a gzip archive";
        case FileKind::empty:
            return "an empty file";
        case FileKind::binary:
            return "unknown bytes";
    }
    return "unknown bytes";
}

}  // namespace quire::formats
