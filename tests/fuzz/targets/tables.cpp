// The tokenizer's tables of a .quire file, as sections without checksums.
#include "tests/fuzz/common.h"
#include "tests/fuzz/tokenizers.h"

namespace quire::fuzz {

void run_tables(std::string_view input) {
    const std::vector<Section> sections = split_sections(input);
    // Memory of their exact sizes, so that a read past the end is seen.
    std::vector<std::vector<std::byte>> contents;
    for (const Section& section : sections) {
        const base::Bytes bytes = base::as_bytes(section.content);
        contents.emplace_back(bytes.begin(), bytes.end()).shrink_to_fit();
    }
    refuses([&] {
        const tokenizer::Tokenizer tokenizer([&](std::string_view name) {
            for (std::size_t i = 0; i < sections.size(); ++i) {
                if (sections[i].name == name) return base::Bytes(contents[i]);
            }
            throw Error(ErrorCode::model, std::string(name), "is missing");
        });
        use_tokenizer(tokenizer);
    });
}

}  // namespace quire::fuzz
