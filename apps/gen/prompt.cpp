#include "apps/gen/prompt.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>

#include "formats/openai/request.h"
#include "lib/base/error.h"
#include "lib/text/chat/chat_encoder.h"

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

text::ChatInput one_turn(const std::string& prompt, const std::string& system) {
    text::ChatInput input;
    input.messages = nlohmann::ordered_json::array();
    if (!system.empty()) input.messages.push_back({{"role", "system"}, {"content", system}});
    input.messages.push_back({{"role", "user"}, {"content", prompt}});
    return input;
}

text::ChatInput conversation(const std::string& json, const std::string& file) {
    const auto parsed = formats::openai::parse_conversation(json);
    if (const auto* refusal = std::get_if<formats::openai::Refusal>(&parsed)) {
        throw Error(ErrorCode::input, file,
                    (refusal->param.empty() ? "" : refusal->param + ": ") + refusal->message);
    }
    const auto& request = std::get<formats::openai::Request>(parsed);
    text::ChatInput input;
    input.messages = request.messages;
    input.tools = request.tools;
    input.extra = request.template_variables;
    return input;
}

}  // namespace

std::optional<std::string> read_prompt(const Options& options) {
    if (options.prompt) return options.prompt;
    if (!options.messages.empty() && options.messages != "-") return read_file(options.messages);
    if (!options.messages.empty()) return read_all(STDIN_FILENO, "standard input");
    if (!options.prompt_file.empty()) return read_file(options.prompt_file);
    if (!options.prompt_words.empty() && options.prompt_words.front() != "-") {
        return options.prompt_words.front();
    }
    if (options.prompt_words.empty() && ::isatty(STDIN_FILENO) == 1) return std::nullopt;
    return read_all(STDIN_FILENO, "standard input");
}

EncodedPrompt encode_prompt(const std::string& prompt, const Options& options,
                            const formats::QuireFile& file, const text::Tokenizer& tokenizer) {
    const std::string_view source =
        base::as_text(file.section(formats::quire_file::section::kTemplate));
    if (options.raw || source.empty()) {
        if (!options.system.empty() || !options.messages.empty()) {
            throw Error(ErrorCode::usage, options.system.empty() ? "--messages" : "--system",
                        options.raw ? "cannot go with --raw" : "this model has no chat template");
        }
        text::EncodeOptions encode;
        encode.add_special = true;
        return {prompt, tokenizer.encode(prompt, encode)};
    }
    text::ChatInput input = options.messages.empty() ? one_turn(prompt, options.system)
                                                     : conversation(prompt, options.messages);
    input.add_generation_prompt = true;
    input.time = std::time(nullptr);
    const text::ChatEncoder encoder(source, tokenizer);
    const text::Rendered rendered = encoder.render(std::move(input));
    return {rendered.text, encoder.encode(rendered)};
}

}  // namespace quire::gen
