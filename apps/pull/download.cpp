#include "apps/pull/download.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "apps/common/command.h"
#include "apps/pull/checksum.h"
#include "apps/pull/wanted.h"
#include "lib/base/error.h"
#include "lib/base/files/atomic_file.h"
#include "lib/base/quoted.h"

namespace quire::pull {

namespace {

namespace fs = std::filesystem;

// The part of a file that has come, with its checksums so far.
class Part {
  public:
    Part(const std::string& path, const RemoteFile& file)
        : path_(path),
          n_bytes_(file.size.value_or(0)),
          fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
        if (fd_ < 0) throw system_error(ErrorCode::run, path, "cannot be written");
        reset();
    }
    ~Part() { ::close(fd_); }
    Part(const Part&) = delete;
    Part& operator=(const Part&) = delete;

    std::uint64_t size() const noexcept { return size_; }

    void clear() {
        if (::ftruncate(fd_, 0) != 0) throw system_error(ErrorCode::run, path_, "cannot be cut");
        ::lseek(fd_, 0, SEEK_SET);
        reset();
    }

    // Reads what is there into the checksums, unless it is more than the file has.
    void read_back(const std::optional<std::uint64_t>& most) {
        struct stat status {};
        ::fstat(fd_, &status);
        if (most && static_cast<std::uint64_t>(status.st_size) > *most) return clear();
        std::array<char, 1 << 16> buffer{};
        for (;;) {
            const ssize_t n = ::read(fd_, buffer.data(), buffer.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw system_error(ErrorCode::run, path_, "cannot be read");
            if (n == 0) return;
            add({buffer.data(), static_cast<std::size_t>(n)});
            if (common::interrupted()) throw Http::Interrupted();
        }
    }

    void append(std::string_view bytes) {
        base::write_all(fd_, std::as_bytes(std::span(bytes)), path_);
        add(bytes);
    }

    void sync() const { ::fsync(fd_); }
    std::string sha256() { return sha256_->hex(); }
    std::string git_sha1() { return git_->hex(); }

  private:
    void reset() {
        size_ = 0;
        sha256_.emplace(Checksum::Kind::sha256, n_bytes_);
        git_.emplace(Checksum::Kind::git, n_bytes_);
    }
    void add(std::string_view bytes) {
        size_ += bytes.size();
        sha256_->update(bytes);
        if (n_bytes_ <= kMostGitBytes) git_->update(bytes);
    }

    // Large files have a SHA-256 of their own.
    static constexpr std::uint64_t kMostGitBytes = std::uint64_t{1} << 28;

    std::string path_;
    std::uint64_t n_bytes_;
    int fd_;
    std::uint64_t size_ = 0;
    std::optional<Checksum> sha256_;
    std::optional<Checksum> git_;
};

// What the server called the version of the bytes in the part, if no checksum was published.
std::string read_tag(const std::string& part) {
    std::ifstream file(part + ".etag");
    std::string tag;
    std::getline(file, tag);
    return tag;
}

void write_tag(const std::string& part, const std::string& tag) {
    if (tag.empty()) {
        ::unlink((part + ".etag").c_str());
    } else {
        std::ofstream(part + ".etag") << tag << "\n";
    }
}

[[noreturn]] void refuse(const RemoteFile& file, const Http& http, const Reply& reply) {
    const std::string said = base::printable(http.body(), 120);
    if (reply.status == 401 || reply.status == 403) {
        throw Error(ErrorCode::run, file.name,
                    fmt::format("the server asks for permission ({}): accept the model's terms on "
                                "its page, and put a token into HF_TOKEN",
                                reply.status));
    }
    if (reply.status == 404) {
        throw Error(ErrorCode::run, file.url, "the server has no such file");
    }
    throw Error(ErrorCode::run, file.url,
                fmt::format("the server says {}: {}", reply.status, said));
}

// "bytes 100-199/200": where the bytes begin, and how many the whole file has.
std::pair<std::uint64_t, std::optional<std::uint64_t>> range_of(const Reply& reply) {
    unsigned long long first = 0;
    unsigned long long last = 0;
    unsigned long long total = 0;
    const std::string text = reply.text("content-range");
    const int n = std::sscanf(text.c_str(), "bytes %llu-%llu/%llu", &first, &last, &total);
    if (n == 3) return {first, total};
    if (n == 2) return {first, std::nullopt};
    return {UINT64_MAX, std::nullopt};
}

class Downloader {
  public:
    Downloader(Http& http, const RemoteFile& file, const std::string& part_path,
               const std::function<void(std::int64_t)>& more)
        : http_(http), file_(file), path_(part_path), more_(more), part_(part_path, file) {
        if (is_pinned() || !read_tag(path_).empty()) part_.read_back(file_.size);
        if (part_.size() == 0) part_.clear();
    }

    bool is_complete() const noexcept {
        return complete_ || (file_.size && part_.size() == *file_.size);
    }
    Part& part() noexcept { return part_; }
    std::string linked_sha256() const { return linked_; }

    // A request for the bytes that are missing. Throws Broken.
    void attempt() {
        Http::Get get{.url = file_.url};
        if (part_.size() > 0) {
            get.headers.push_back(fmt::format("Range: bytes={}-", part_.size()));
            if (!is_pinned()) get.headers.push_back("If-Range: " + read_tag(path_));
        }
        get.on_reply = [this](const Reply& reply) { begin(reply); };
        get.on_bytes = [this](std::string_view bytes) {
            check_size(part_.size() + bytes.size());
            part_.append(bytes);
            more_(static_cast<std::int64_t>(bytes.size()));
        };
        const Reply reply = http_.get(get);
        if (reply.status == 416 && part_.size() > 0) {
            restart();
            throw Broken("what had come is not a part of the file");
        }
        if (reply.status >= 500 || reply.status == 429) {
            throw Broken(fmt::format("the server says {}", reply.status));
        }
        if (reply.status != 200 && reply.status != 206) refuse(file_, http_, reply);
        if (file_.size && part_.size() < *file_.size) throw Broken("the file ended early");
        complete_ = true;
    }

  private:
    // Whether the bytes behind the URL cannot be others than those that came before.
    bool is_pinned() const noexcept { return !file_.sha256.empty() || !file_.git_sha1.empty(); }

    void restart() {
        more_(-static_cast<std::int64_t>(part_.size()));
        part_.clear();
    }

    void check_size(std::uint64_t n) const {
        if (!file_.size || n <= *file_.size) return;
        throw Error(
            ErrorCode::run, file_.name,
            fmt::format("expected {} bytes, the published size, found {} or more", *file_.size, n));
    }

    void begin(const Reply& reply) {
        if (reply.status == 200 && part_.size() > 0) restart();
        if (reply.status == 206) {
            const auto [first, total] = range_of(reply);
            if (first != part_.size()) {
                throw Error(ErrorCode::run, file_.name,
                            fmt::format("asked for the bytes from {} on, found {}", part_.size(),
                                        base::quoted(reply.text("content-range"))));
            }
            if (total && file_.size && *total != *file_.size) check_sizes(*total);
        }
        if (const auto n = reply.number("content-length"); n && file_.size) {
            if (part_.size() + *n != *file_.size) check_sizes(part_.size() + *n);
        }
        linked_ = reply.text("x-linked-etag");
        const std::string tag = reply.text("etag");
        // A weak tag does not promise the same bytes.
        if (!is_pinned()) write_tag(path_, tag.starts_with("W/") ? "" : tag);
    }

    [[noreturn]] void check_sizes(std::uint64_t n) const {
        throw Error(ErrorCode::run, file_.name,
                    fmt::format("expected {} bytes, the published size, found {}", *file_.size, n));
    }

    Http& http_;
    const RemoteFile& file_;
    std::string path_;
    const std::function<void(std::int64_t)>& more_;
    Part part_;
    std::string linked_;
    bool complete_ = false;
};

void check_hash(const RemoteFile& file, const std::string& kind, const std::string& expected,
                const std::string& found, const std::string& part) {
    if (expected == found) return;
    ::unlink(part.c_str());
    write_tag(part, "");
    throw Error(ErrorCode::model, file.name,
                "expected " + kind + " " + expected + ", as published, found " + found +
                    "; the bytes that came are removed");
}

// The SHA-256 that a hub sends with a redirect to its storage.
std::string sha256_in(const std::string& etag) {
    std::string digits;
    for (const char c : etag) {
        if (c != '"') digits += c;
    }
    return is_hash(digits, 64) ? digits : "";
}

void wait_before(int n_failed) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(250 << n_failed);
    while (std::chrono::steady_clock::now() < end) {
        if (common::interrupted()) throw Http::Interrupted();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace

std::uint64_t bytes_there(const std::string& target) {
    std::error_code error;
    std::uint64_t n = fs::file_size(target, error);
    if (error) n = fs::file_size(target + ".part", error);
    return error ? 0 : n;
}

Downloaded download(Http& http, const RemoteFile& file, const std::string& target, int n_tries,
                    const std::function<void(std::int64_t)>& more) {
    const std::string path = target + ".part";
    Downloader downloader(http, file, path, more);
    for (int n_failed = 0; !downloader.is_complete();) {
        const std::uint64_t before = downloader.part().size();
        try {
            downloader.attempt();
        } catch (const Broken& broken) {
            n_failed = downloader.part().size() > before ? 1 : n_failed + 1;
            if (n_failed >= n_tries) {
                throw Error(ErrorCode::run, file.name,
                            std::string(broken.what()) +
                                "; the same command goes on from where it stopped");
            }
            wait_before(n_failed);
        }
    }
    Downloaded done{downloader.part().size(), downloader.part().sha256()};
    const std::string linked = sha256_in(downloader.linked_sha256());
    const std::string& published = file.sha256.empty() ? linked : file.sha256;
    done.was_published = !published.empty() || !file.git_sha1.empty();
    if (!published.empty()) check_hash(file, "SHA-256", published, done.sha256, path);
    if (published.empty() && !file.git_sha1.empty()) {
        check_hash(file, "git hash", file.git_sha1, downloader.part().git_sha1(), path);
    }
    downloader.part().sync();
    if (::rename(path.c_str(), target.c_str()) != 0) {
        throw system_error(ErrorCode::run, target, "cannot be named");
    }
    write_tag(path, "");
    return done;
}

}  // namespace quire::pull
