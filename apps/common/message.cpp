#include "apps/common/message.h"

#include <array>
#include <cstdio>
#include <exception>
#include <new>

#include "lib/base/error.h"
#include "lib/base/quoted.h"
#include "lib/base/utf8.h"

namespace quire::common {

namespace {

// A line in a buffer of fixed size, so that it can be written when memory has run out. Longer text is
// cut.
class Line {
  public:
    void add_printable(std::string_view text) noexcept {
        while (!text.empty() && !full()) {
            const base::CodePoint point = base::decode_utf8(text);
            const auto length = static_cast<std::size_t>(point.length);
            add_character(text.substr(0, length), point);
            text.remove_prefix(length);
        }
        if (!text.empty()) add(" ...");
    }
    void add(std::string_view text) noexcept {
        for (const char c : text) {
            if (size_ < bytes_.size()) bytes_[size_++] = c;
        }
    }
    void print() const noexcept { std::fwrite(bytes_.data(), 1, size_, stderr); }

  private:
    static constexpr std::size_t kMaxBytes = 2000;
    static constexpr std::size_t kSpare = 32;  // for the longest character and the end of the line

    bool full() const noexcept { return size_ >= kMaxBytes; }

    void add_character(std::string_view bytes, const base::CodePoint& point) noexcept {
        if (point.valid && (point.value == '\n' || point.value == '\r')) return add(" ");
        if (point.valid && !base::is_control(point.value)) return add(bytes);
        for (const char c : bytes) {
            const auto escape = base::escaped_byte(static_cast<unsigned char>(c));
            add({escape.data(), escape.size()});
        }
    }

    std::array<char, kMaxBytes + kSpare> bytes_{};
    std::size_t size_ = 0;
};

}  // namespace

void print_message(std::string_view name, std::string_view message) noexcept {
    Line line;
    line.add_printable(name);
    line.add(": ");
    line.add_printable(message);
    line.add("\n");
    line.print();
}

int report_exception(std::string_view name) noexcept {
    try {
        throw;
    } catch (const Error& error) {
        print_message(name, error.what());
        return static_cast<int>(error.code());
    } catch (const std::bad_alloc&) {
        print_message(name, "out of memory");
    } catch (const std::exception& error) {
        print_message(name, error.what());
    } catch (...) {
        print_message(name, "unknown error");
    }
    return static_cast<int>(ErrorCode::run);
}

}  // namespace quire::common
