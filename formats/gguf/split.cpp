#include "formats/gguf/split.h"

#include <charconv>

#include "lib/base/error.h"
#include "lib/base/files/mapped_file.h"

namespace quire::formats::gguf {

namespace {

// "00002"
std::string five_digits(std::uint64_t number) {
    std::string digits = std::to_string(number);
    return digits.size() < 5 ? std::string(5 - digits.size(), '0') + digits : digits;
}

// "00002-of-00003.gguf"
std::string ending(std::uint64_t no, std::uint64_t count) {
    return five_digits(no + 1) + "-of-" + five_digits(count) + ".gguf";
}

}  // namespace

PartPaths::PartPaths(const std::string& first, std::uint64_t count) : count_(count) {
    const std::string expected = "-" + ending(0, count);
    if (!first.ends_with(expected)) {
        throw Error(ErrorCode::model, first,
                    "this is a part of a GGUF that is split in " + std::to_string(count) +
                        ": expected the first part, with a name that ends in " + expected);
    }
    stem_ = first.substr(0, first.size() - expected.size() + 1);
}

std::string PartPaths::path(std::uint64_t no) const {
    return stem_ + ending(no, count_);
}

void PartPaths::check_all_there() const {
    std::uint64_t n_missing = 0;
    std::string first;
    for (std::uint64_t no = 0; no < count_; ++no) {
        if (base::file_exists(path(no))) continue;
        if (n_missing == 0) first = path(no);
        ++n_missing;
    }
    if (n_missing == 0) return;
    std::string message = "this part of a split GGUF is missing";
    if (n_missing > 1) message += ", and so are " + std::to_string(n_missing - 1) + " more";
    throw Error(ErrorCode::model, first, message);
}

std::vector<std::string> other_parts(const std::string& first) {
    constexpr std::string_view kFirst = "-00001-of-";
    constexpr std::string_view kEnd = ".gguf";
    constexpr std::size_t kDigits = 5;
    const std::size_t at = first.rfind(kFirst);
    if (at == std::string::npos || first.size() != at + kFirst.size() + kDigits + kEnd.size() ||
        !first.ends_with(kEnd)) {
        return {};
    }
    const char* digits = first.data() + at + kFirst.size();
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(digits, digits + kDigits, count);
    if (error != std::errc() || end != digits + kDigits || count < 2) return {};
    const PartPaths paths(first, count);
    std::vector<std::string> out;
    for (std::uint64_t no = 1; no < count; ++no) out.push_back(paths.path(no));
    return out;
}

}  // namespace quire::formats::gguf
