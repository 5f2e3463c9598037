#include "apps/gen-batch/requests/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "apps/common/command.h"
#include "apps/common/input.h"
#include "apps/gen-batch/requests/table.h"
#include "lib/base/error.h"

namespace quire::gen_batch {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 16;

bool is_blank(const std::string& line) {
    return line.find_first_not_of(" \t\r\v\f") == std::string::npos;
}

// JSON lines and plain lines.
class LineInput : public Input {
  public:
    LineInput(const Options& options, bool prompts)
        : lines_(options.input), prompts_(prompts), raw_(options.raw) {}

    bool next(Record& record) override {
        do {
            if (!lines_.next(record.text)) return false;
        } while (is_blank(record.text) && !lines_.too_long());
        // A byte order mark at the beginning of the file is not part of the first line.
        if (lines_.line_number() == 1 && record.text.starts_with("\xEF\xBB\xBF")) {
            record.text.erase(0, 3);
        }
        record.line = lines_.line_number();
        record.is_prompt = prompts_;
        record.raw = raw_;
        record.custom_id = "request-" + std::to_string(record.line);
        record.refusal.reset();
        if (lines_.too_long()) {
            record.refusal = formats::openai::Refusal{
                0, "line_too_long", "",
                "expected at most " + std::to_string(kMaxLineBytes) + " bytes, found more"};
            record.text.resize(1024);
        }
        return true;
    }
    LineReader& lines() override { return lines_; }

  private:
    LineReader lines_;
    bool prompts_;
    bool raw_;
};

InputKind kind_of(const Options& options) {
    if (options.kind != InputKind::automatic) return options.kind;
    std::string extension = std::filesystem::path(options.input).extension().string();
    for (char& c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (extension == ".csv") return InputKind::csv;
    if (extension == ".tsv") return InputKind::tsv;
    if (extension == ".txt" || extension == ".md") {
        throw Error(ErrorCode::usage, options.input,
                    "expected --lines, which makes a prompt of each line, or requests in a .jsonl "
                    "file");
    }
    return InputKind::json_lines;
}

}  // namespace

LineReader::LineReader(const std::string& path)
    : path_(path == "-" ? "standard input" : path), buffer_(2 * kReadBytes) {
    if (path == "-") common::announce_terminal();
    fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) throw system_error(ErrorCode::input, path_, "cannot open");
    struct stat status {};
    if (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode)) {
        total_bytes_ = static_cast<std::uint64_t>(status.st_size);
    }
}

LineReader::~LineReader() {
    if (fd_ != STDIN_FILENO) ::close(fd_);
}

// Waits for input. False when the run is interrupted first.
bool LineReader::wait() const {
    constexpr int kMilliseconds = 100;  // in case a signal arrives just before poll()
    pollfd one{fd_, POLLIN, 0};
    while (!common::interrupted()) {
        const int n = ::poll(&one, 1, kMilliseconds);
        if (n > 0 || (n < 0 && errno != EINTR)) return true;
    }
    return false;
}

// Reads more bytes into the buffer. False at the end, or when interrupted.
bool LineReader::fill() {
    if (at_end_ || !wait()) return false;
    if (begin_ == end_) begin_ = end_ = 0;
    if (buffer_.size() - end_ < kReadBytes) {
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
        end_ -= std::exchange(begin_, 0);
    }
    if (buffer_.size() - end_ < kReadBytes) buffer_.resize(2 * buffer_.size());
    for (;;) {
        const ssize_t n = ::read(fd_, buffer_.data() + end_, kReadBytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EISDIR) {
            throw Error(ErrorCode::input, path_, "expected a file, found a folder");
        }
        if (n < 0) throw system_error(ErrorCode::input, path_, "cannot read");
        end_ += static_cast<std::size_t>(n);
        at_end_ = n == 0;
        return n > 0;
    }
}

bool LineReader::ready() {
    for (std::size_t searched = begin_;;) {
        const char* from = buffer_.data() + searched;
        if (at_end_ || end_ - begin_ > kMaxLineBytes) return true;
        if (std::memchr(from, '\n', end_ - searched) != nullptr) return true;
        pollfd one{fd_, POLLIN, 0};
        if (::poll(&one, 1, 0) <= 0) return false;
        const std::size_t n_searched = end_ - begin_;
        if (!fill()) return at_end_;
        searched = begin_ + n_searched;
    }
}

bool LineReader::next(std::string& line) {
    line.clear();
    too_long_ = false;
    bool any = false;
    for (;;) {
        if (begin_ == end_ && !fill()) {
            if (common::interrupted()) return false;  // the line is incomplete
            break;
        }
        any = true;
        const char* from = buffer_.data() + begin_;
        const auto* found = static_cast<const char*>(std::memchr(from, '\n', end_ - begin_));
        const std::size_t n =
            found == nullptr ? end_ - begin_ : static_cast<std::size_t>(found - from);
        if (line.size() + n > kMaxLineBytes) too_long_ = true;
        if (!too_long_) line.append(from, n);
        begin_ += n + (found == nullptr ? 0 : 1);
        bytes_read_ += n + (found == nullptr ? 0 : 1);
        if (found != nullptr) break;
    }
    if (!any) return false;
    ++line_number_;
    ended_with_return_ = line.ends_with('\r');
    if (ended_with_return_) line.pop_back();
    return true;
}

formats::openai::Line parse(const Record& record) {
    namespace openai = formats::openai;
    openai::Line line;
    if (record.refusal) {
        line.canonical = record.text;
        line.content = *record.refusal;
        return line;
    }
    if (record.is_prompt) return openai::line_of_prompt(record.text, record.raw, record.custom_id);
    line = openai::parse_line(record.text);
    if (!line.custom_id && std::holds_alternative<openai::Request>(line.content)) {
        line.custom_id = record.custom_id;
    }
    return line;
}

std::unique_ptr<Input> open_input(const Options& options) {
    const InputKind kind = kind_of(options);
    const bool is_table = kind == InputKind::csv || kind == InputKind::tsv;
    if (is_table) return open_table(options, kind == InputKind::csv ? ',' : '\t');
    if (!options.prompt_template.empty()) {
        throw Error(ErrorCode::usage, "--template", "expected a table (--csv, --tsv), found none");
    }
    return std::make_unique<LineInput>(options, kind == InputKind::text_lines);
}

}  // namespace quire::gen_batch
