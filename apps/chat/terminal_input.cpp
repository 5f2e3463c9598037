#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <filesystem>
#include <utility>

#include "apps/chat/line_input.h"
#include "apps/common/command.h"
#include "apps/common/terminal/terminal.h"
#include "lib/base/error.h"

namespace quire::chat_app {

namespace {

constexpr int kRemembered = 1000;  // messages
constexpr char kControlD = 4;
constexpr wchar_t kEscape = L'\x1b';

class TerminalInput final : public LineInput {
  public:
    TerminalInput(std::string history, std::vector<std::string> commands)
        : history_file_(std::move(history)), commands_(std::move(commands)) {
        // Characters beyond ASCII need a locale with UTF-8, whatever the user's is.
        if (std::setlocale(LC_CTYPE, "") == nullptr || MB_CUR_MAX < 2) {
            std::setlocale(LC_CTYPE, "C.UTF-8");
        }
        output_ = common::is_terminal(STDERR_FILENO) ? stderr : stdout;
        line_ = ::el_init("quire", stdin, output_, stderr);
        history_ = ::history_init();
        if (line_ == nullptr || history_ == nullptr) {
            throw Error(ErrorCode::run, "terminal", "cannot edit lines here");
        }
        HistEvent event{};
        ::history(history_, &event, H_SETSIZE, kRemembered);
        ::history(history_, &event, H_SETUNIQUE, 1);
        if (!history_file_.empty()) ::history(history_, &event, H_LOAD, history_file_.c_str());
        ::el_set(line_, EL_CLIENTDATA, this);
        ::el_set(line_, EL_EDITOR, "emacs");
        ::el_set(line_, EL_PROMPT_ESC, &prompt_of, '\1');
        ::el_set(line_, EL_HIST, &::history, history_);
        ::el_wset(line_, EL_GETCFN, &read_character);
        ::el_set(line_, EL_ADDFN, "quire-paste", "Insert a pasted text", &paste);
        ::el_set(line_, EL_ADDFN, "quire-complete", "Complete a command or a file", &complete);
        ::el_set(line_, EL_BIND, "\x1b[200~", "quire-paste", nullptr);
        ::el_set(line_, EL_BIND, "\t", "quire-complete", nullptr);
        ::el_set(line_, EL_BIND, "^R", "em-inc-search-prev", nullptr);
        // The arrow keys find what begins like the line so far.
        ::el_set(line_, EL_BIND, "\x1b[A", "ed-search-prev-history", nullptr);
        ::el_set(line_, EL_BIND, "\x1b[B", "ed-search-next-history", nullptr);
        ::el_set(line_, EL_BIND, "\x1b[1;5D", "ed-prev-word", nullptr);
        ::el_set(line_, EL_BIND, "\x1b[1;5C", "em-next-word", nullptr);
    }
    ~TerminalInput() override {
        if (line_ != nullptr) ::el_end(line_);
        if (history_ != nullptr) ::history_end(history_);
    }

    std::optional<std::string> read(const std::string& prompt) override {
        // Around the escapes of colours, which take no columns.
        prompt_ =
            common::may_colour(::fileno(output_)) ? "\1\x1b[1m\1" + prompt + "\1\x1b[0m\1" : prompt;
        ask_for_brackets(true);
        int n = 0;
        const char* text = ::el_gets(line_, &n);
        ask_for_brackets(false);
        if (common::interrupted()) {
            std::fputs("\n", output_);
            throw Cancelled();
        }
        if (text == nullptr || n <= 0) return std::nullopt;
        std::string line(text, static_cast<std::size_t>(n));
        if (line.ends_with('\n')) line.pop_back();
        return line;
    }

    void remember(const std::string& text) override {
        HistEvent event{};
        ::history(history_, &event, H_ENTER, text.c_str());
        if (history_file_.empty()) return;
        std::error_code ignored;
        std::filesystem::create_directories(std::filesystem::path(history_file_).parent_path(),
                                            ignored);
        ::history(history_, &event, H_SAVE, history_file_.c_str());
    }

    bool is_terminal() const noexcept override { return true; }

  private:
    static TerminalInput& self(EditLine* line) {
        void* data = nullptr;
        ::el_get(line, EL_CLIENTDATA, &data);
        return *static_cast<TerminalInput*>(data);
    }

    static char* prompt_of(EditLine* line) { return self(line).prompt_.data(); }

    // As libedit's own, but Ctrl-C ends it.
    static int read_character(EditLine*, wchar_t* character) {
        std::mbstate_t state{};
        for (;;) {
            char byte = 0;
            const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
            if (n < 0 && errno == EINTR && !common::interrupted()) continue;
            if (n <= 0) return n == 0 ? 0 : -1;
            // Ctrl-D that was typed before the line was asked for.
            if (byte == '\0') byte = kControlD;
            const std::size_t used = std::mbrtowc(character, &byte, 1, &state);
            if (used == static_cast<std::size_t>(-2)) continue;
            if (used != static_cast<std::size_t>(-1)) return 1;
            state = {};
        }
    }

    // A terminal marks a pasted text, so that its line ends do not send it. source: xterm, "Bracketed
    // Paste Mode".
    void ask_for_brackets(bool on) {
        std::fputs(on ? "\x1b[?2004h" : "\x1b[?2004l", output_);
        std::fflush(output_);
    }

    static unsigned char paste(EditLine* line, int) {
        const std::wstring end = L"\x1b[201~";
        std::wstring text;
        wchar_t character = 0;
        while (!text.ends_with(end)) {
            if (::el_wgetc(line, &character) != 1) return CC_EOF;
            text += character == L'\r' ? L'\n' : character;
        }
        text.resize(text.size() - end.size());
        std::erase(text, kEscape);
        while (text.ends_with(L'\n')) text.pop_back();
        if (text.empty()) return CC_NORM;
        return ::el_winsertstr(line, text.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }

    static unsigned char complete(EditLine* line, int) {
        const LineInfo* info = ::el_line(line);
        const std::string before(info->buffer, info->cursor);
        if (!before.starts_with('/')) return CC_ERROR;
        if (before.find(' ') != std::string::npos) return complete_file(line, before);
        std::string found;
        for (const std::string& command : self(line).commands_) {
            if (!command.starts_with(before)) continue;
            if (!found.empty()) return CC_ERROR;  // more than one
            found = command;
        }
        return insert(line, found, before.size());
    }

    // The name that begins with what stands behind the command.
    static unsigned char complete_file(EditLine* line, const std::string& before) {
        namespace fs = std::filesystem;
        const std::string begun = before.substr(before.rfind(' ') + 1);
        const fs::path given(begun);
        const fs::path folder = given.has_parent_path() ? given.parent_path() : ".";
        std::string found;
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(folder, ignored)) {
            const std::string name = entry.path().filename().string();
            if (!name.starts_with(given.filename().string())) continue;
            const std::string whole = (given.has_parent_path() ? (folder / name).string() : name) +
                                      (entry.is_directory(ignored) ? "/" : "");
            if (found.empty()) {
                found = whole;
                continue;
            }
            const auto [end, other] =
                std::mismatch(found.begin(), found.end(), whole.begin(), whole.end());
            found.erase(end, found.end());
        }
        return insert(line, found, begun.size());
    }

    static unsigned char insert(EditLine* line, const std::string& whole, std::size_t n_there) {
        if (whole.size() <= n_there) return CC_ERROR;
        return ::el_insertstr(line, whole.substr(n_there).c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }

    std::string history_file_;
    std::vector<std::string> commands_;
    std::string prompt_;
    std::FILE* output_ = nullptr;
    EditLine* line_ = nullptr;
    History* history_ = nullptr;
};

}  // namespace

std::unique_ptr<LineInput> terminal_input(const std::string& history,
                                          const std::vector<std::string>& commands) {
    return std::make_unique<TerminalInput>(history, commands);
}

}  // namespace quire::chat_app
