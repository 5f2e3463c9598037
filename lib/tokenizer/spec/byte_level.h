// How vocabularies write bytes: byte-level ones by printable stand-ins ("Ġ" for a space), those of
// SentencePiece as "<0x20>". And the split patterns that published tokenizers share.
// source: openai/gpt-2, src/encoder.py, bytes_to_unicode(), and the pattern in Encoder
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace quire::tokenizer {

// The bytes that a piece of a byte-level vocabulary stands for; nothing when a character is no
// stand-in.
std::optional<std::string> bytes_of_stand_ins(std::string_view piece);

// The code point that stands for a byte.
char32_t stand_in_of(unsigned char byte);

// The byte that a piece like "<0x0A>" of a SentencePiece vocabulary stands for; nothing for others.
std::optional<char> byte_of_piece(std::string_view piece);
std::string piece_of_byte(char byte);

inline constexpr const char* kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

// source: meta-llama/llama3, llama/tokenizer.py
inline constexpr const char* kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// source: openai/tiktoken, tiktoken_ext/openai_public.py, o200k_base
inline constexpr const char* kO200kPattern =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?|)"
    R"(\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// source: the tokenizer.json of Qwen2, and of Mistral NeMo (Tekken)
inline constexpr const char* kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
    R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr const char* kTekkenPattern =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|)"
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|)"
    R"(\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// What the Digits step of `tokenizers` cuts: its notion of a number is that of Unicode 17, which
// has 13 more than the \p{N} of its regular expressions.
inline constexpr const char* kOneDigitPattern = R"([\p{N}\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6}])";
inline constexpr const char* kDigitsPattern = R"([\p{N}\x{11DE0}-\x{11DE9}\x{16FF4}-\x{16FF6}]+)";

}  // namespace quire::tokenizer
