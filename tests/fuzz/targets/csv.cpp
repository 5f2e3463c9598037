// Inputs of gen-batch: a byte for the kind, a prompt template, a line feed, the file.
#include "apps/gen-batch/options.h"
#include "apps/gen-batch/requests/input.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

void run_csv(std::string_view input) {
    if (input.empty()) return;
    gen_batch::Options options;
    constexpr std::array kKinds{gen_batch::InputKind::csv, gen_batch::InputKind::tsv,
                                gen_batch::InputKind::text_lines, gen_batch::InputKind::json_lines};
    options.kind = kKinds[static_cast<unsigned char>(input[0]) % kKinds.size()];
    const std::size_t border = std::min(input.find('\n', 1), input.size());
    options.prompt_template = input.substr(1, border - 1);
    const std::string_view content = input.substr(std::min(border + 1, input.size()));
    options.input = folder().write("requests", content);
    refuses([&] {
        const auto requests = gen_batch::open_input(options);
        gen_batch::Record record;
        std::size_t n = 0;
        while (requests->next(record)) {
            ++n;
            gen_batch::parse(record);
        }
        expect(n <= content.size(), "more records than bytes");
        expect(requests->lines().bytes_read() == content.size(), "bytes that were not read");
    });
}

}  // namespace quire::fuzz
