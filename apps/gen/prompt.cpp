#include "apps/gen/prompt.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "lib/base/error.h"
#include "lib/text/chat/chat_template.h"

namespace quire::gen {

namespace {

// No prompt of a real context is larger; without a bound a wrong file would fill the memory.
constexpr std::size_t kMaxPromptBytes = std::size_t{1} << 30;

std::string read_all(int fd, const std::string& name) {
    std::string out;
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t n = ::read(fd, buffer.data(), buffer.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) throw system_error(ErrorCode::input, name, "cannot read");
        if (n == 0) return out;
        out.append(buffer.data(), static_cast<std::size_t>(n));
        if (out.size() > kMaxPromptBytes) {
            throw Error(ErrorCode::input, name,
                        "expected a prompt of at most 1 GiB, found a larger one");
        }
    }
}

std::string read_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) throw system_error(ErrorCode::input, path, "cannot open");
    try {
        std::string out = read_all(fd, path);
        ::close(fd);
        return out;
    } catch (...) {
        ::close(fd);
        throw;
    }
}

std::string control_token(const text::Tokenizer& tokenizer, std::optional<std::uint32_t> id) {
    return id ? std::string(tokenizer.piece(*id)) : std::string();
}

}  // namespace

std::optional<std::string> read_prompt(const Options& options) {
    if (options.prompt) return options.prompt;
    if (!options.prompt_file.empty()) return read_file(options.prompt_file);
    if (!options.prompt_words.empty() && options.prompt_words.front() != "-") {
        return options.prompt_words.front();
    }
    if (options.prompt_words.empty() && ::isatty(STDIN_FILENO) == 1) return std::nullopt;
    return read_all(STDIN_FILENO, "standard input");
}

std::vector<std::uint32_t> prompt_tokens(const std::string& prompt, const Options& options,
                                         const formats::QuireFile& file,
                                         const text::Tokenizer& tokenizer) {
    const std::string_view source =
        base::as_text(file.section(formats::quire_file::section::kTemplate));
    if (options.raw || source.empty()) {
        if (!options.system.empty()) {
            throw Error(ErrorCode::usage, "--system",
                        options.raw ? "cannot go with --raw" : "this model has no chat template");
        }
        text::EncodeOptions encode;
        encode.add_special = true;
        return tokenizer.encode(prompt, encode);
    }
    text::ChatInput input;
    input.messages = nlohmann::ordered_json::array();
    if (!options.system.empty()) {
        input.messages.push_back({{"role", "system"}, {"content", options.system}});
    }
    input.messages.push_back({{"role", "user"}, {"content", prompt}});
    input.add_generation_prompt = true;
    input.bos_token = control_token(tokenizer, tokenizer.bos_id());
    if (!tokenizer.eos_ids().empty()) {
        input.eos_token = control_token(tokenizer, tokenizer.eos_ids().front());
    }
    input.time = std::time(nullptr);
    const text::Rendered rendered = text::ChatTemplate(source).render(input);
    std::vector<text::TrustedRange> trusted;
    for (const auto& range : rendered.template_ranges) trusted.push_back({range.begin, range.end});
    text::EncodeOptions encode;
    encode.trusted = trusted;
    return tokenizer.encode(rendered.text, encode);
}

}  // namespace quire::gen
