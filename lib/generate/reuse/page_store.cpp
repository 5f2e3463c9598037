#include "lib/generate/reuse/page_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/hash.h"
#include "lib/model/forward.h"

namespace quire::generate {

namespace {

namespace fs = std::filesystem;

constexpr std::array<char, 8> kMagic = {'q', 'u', 'i', 'r', 'e', 'k', 'v', '1'};
// A file that a killed process left unfinished is removed when it is that old.
constexpr std::chrono::minutes kUnfinished{60};
constexpr std::string_view kTemporary = ".unfinished";

// In front of a file; the tokens and then the bytes follow. No padding, so it is hashed as it is.
struct Header {
    std::array<char, 8> magic = kMagic;
    std::uint64_t model_hash = 0;
    std::uint32_t arithmetic = model::kArithmetic;
    std::uint16_t kv_type = 0;
    std::uint16_t kind = 0;
    std::uint64_t n_tokens = 0;
    std::uint64_t n_bytes = 0;
    std::uint64_t checksum = 0;  // of the header with 0 here, the tokens and the bytes
    bool operator==(const Header&) const = default;
};
static_assert(sizeof(Header) == 48);

// Without the checksum.
Header header_of(const PageStore::Params& params, PageStore::Kind kind, std::size_t n_tokens,
                 std::size_t n_bytes) {
    return {.model_hash = params.model_hash,
            .kv_type = static_cast<std::uint16_t>(params.kv_type),
            .kind = static_cast<std::uint16_t>(kind),
            .n_tokens = n_tokens,
            .n_bytes = n_bytes};
}

std::uint64_t checksum_of(Header header, std::span<const std::uint32_t> tokens, base::Bytes bytes) {
    header.checksum = 0;
    base::Hasher hasher;
    hasher.update(std::as_bytes(std::span(&header, 1)));
    hasher.update(std::as_bytes(tokens));
    hasher.update(bytes);
    return hasher.digest();
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }

  private:
    int fd_;
};

// Reads exactly so many bytes; false at an error or the file's end.
bool read_all(int fd, std::span<std::byte> out) {
    while (!out.empty()) {
        const ssize_t n = ::read(fd, out.data(), out.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        out = out.subspan(static_cast<std::size_t>(n));
    }
    return true;
}

struct Found {
    fs::file_time_type used;
    std::uint64_t n_bytes;
    fs::path path;
};

// What base::hex() gives: the name of a model's folder, and of its files without what follows.
bool is_hash(std::string_view name) {
    return name.size() == 16 &&
           name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Adds the files of a model, and removes what killed processes left. Other processes add and remove files meanwhile,
// so what cannot be examined is left out.
void list_files(const fs::path& folder, std::vector<Found>& files) {
    std::error_code error;
    const auto now = fs::file_time_type::clock::now();
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        const std::string extension = entry.path().extension().string();
        const std::size_t hash = name.find('.');
        if (!is_hash(name.substr(0, hash))) continue;
        std::error_code gone;
        const std::uint64_t n_bytes = entry.file_size(gone);
        const auto used = gone ? now : entry.last_write_time(gone);
        if (gone) continue;
        if (extension == ".page" || extension == ".state") {
            files.push_back({used, n_bytes, entry.path()});
        } else if (extension == kTemporary && now - used > kUnfinished) {
            fs::remove(entry.path(), gone);
        }
    }
}

}  // namespace

PageStore::PageStore(Params params) : params_(std::move(params)) {
    // Other arithmetic or another type of keys is another folder, and so are other weights.
    const std::array<std::uint64_t, 3> identity = {params_.model_hash, model::kArithmetic,
                                                   static_cast<std::uint64_t>(params_.kv_type)};
    folder_ = params_.folder + "/" + base::hex(base::xxh3(std::as_bytes(std::span(identity))));
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) {
        throw Error(ErrorCode::run, params_.folder,
                    "cannot make this folder for the cache: " + error.message());
    }
    prune();
}

std::string PageStore::path_of(Kind kind, std::span<const std::uint32_t> tokens) const {
    return folder_ + "/" + base::hex(base::xxh3(std::as_bytes(tokens))) +
           (kind == Kind::page ? ".page" : ".state");
}

bool PageStore::has(Kind kind, std::span<const std::uint32_t> tokens) const {
    return ::access(path_of(kind, tokens).c_str(), R_OK) == 0;
}

bool PageStore::read(Kind kind, std::span<const std::uint32_t> tokens, std::span<std::byte> out) {
    const std::string path = path_of(kind, tokens);
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) return false;
    Header header;
    std::vector<std::uint32_t> found(tokens.size());
    struct stat status {};
    const bool complete = ::fstat(file.get(), &status) == 0 &&
                          static_cast<std::uint64_t>(status.st_size) ==
                              sizeof(Header) + tokens.size_bytes() + out.size() &&
                          read_all(file.get(), std::as_writable_bytes(std::span(&header, 1))) &&
                          read_all(file.get(), std::as_writable_bytes(std::span(found))) &&
                          read_all(file.get(), out);
    Header expected = header_of(params_, kind, tokens.size(), out.size());
    if (complete) expected.checksum = checksum_of(expected, found, out);
    // Other tokens with the same hash are no damage, but cannot be told from damaged ones, and will hardly ever come.
    if (!complete || header != expected || !std::ranges::equal(found, tokens)) {
        refuse_damaged(path);
        return false;
    }
    ::futimens(file.get(), nullptr);  // used now
    ++stats_.n_read;
    return true;
}

void PageStore::refuse_damaged(const std::string& path) {
    if (stats_.n_damaged++ == 0) stats_.first_damaged = path;
    ::unlink(path.c_str());
}

void PageStore::write(Kind kind, std::span<const std::uint32_t> tokens, base::Bytes bytes) {
    if (!stats_.problem.empty()) return;
    const std::string path = path_of(kind, tokens);
    if (::access(path.c_str(), F_OK) == 0) return;
    try {
        bytes_ += write_file(path, kind, tokens, bytes);
        ++stats_.n_written;
        if (bytes_ > params_.max_bytes) prune();
    } catch (const Error& error) {
        stats_.problem = error.what();
    }
}

// Without waiting for the disk: after a loss of power the checksum tells what is missing.
std::uint64_t PageStore::write_file(const std::string& path, Kind kind,
                                    std::span<const std::uint32_t> tokens,
                                    base::Bytes bytes) const {
    Header header = header_of(params_, kind, tokens.size(), bytes.size());
    header.checksum = checksum_of(header, tokens, bytes);
    const std::string temporary = path + "." + std::to_string(::getpid()) + std::string(kTemporary);
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (file.get() < 0) throw system_error(ErrorCode::run, temporary, "cannot create");
    try {
        base::write_all(file.get(), std::as_bytes(std::span(&header, 1)), temporary);
        base::write_all(file.get(), std::as_bytes(tokens), temporary);
        base::write_all(file.get(), bytes, temporary);
        if (::rename(temporary.c_str(), path.c_str()) != 0) {
            throw system_error(ErrorCode::run, path, "cannot name this file");
        }
    } catch (const Error&) {
        ::unlink(temporary.c_str());
        throw;
    }
    return sizeof(Header) + tokens.size_bytes() + bytes.size();
}

// Counts the files, and removes the ones used least recently until a tenth of the limit is free. Other files in the
// folder are not touched, whatever folder it is.
void PageStore::prune() {
    std::vector<Found> files;
    std::error_code error;
    for (const fs::directory_entry& model : fs::directory_iterator(params_.folder, error)) {
        std::error_code gone;
        if (is_hash(model.path().filename().string()) && model.is_directory(gone)) {
            list_files(model.path(), files);
        }
    }
    if (error) {
        throw Error(ErrorCode::run, params_.folder, "cannot read the cache: " + error.message());
    }
    bytes_ = 0;
    for (const Found& file : files) bytes_ += file.n_bytes;
    if (bytes_ <= params_.max_bytes) return;
    std::ranges::sort(files, {}, &Found::used);
    for (const Found& file : files) {
        if (bytes_ <= params_.max_bytes - params_.max_bytes / 10) return;
        std::error_code gone;
        fs::remove(file.path, gone);
        bytes_ -= file.n_bytes;
    }
}

}  // namespace quire::generate
