// A GGUF file: reader, values, rows, the plan of its model, its vocabulary and chat template.
#include "formats/gguf/gguf.h"

#include "formats/tokenizer/gguf_vocab/from_gguf.h"
#include "tests/fuzz/common.h"
#include "tests/fuzz/models.h"
#include "tests/fuzz/tokenizers.h"

namespace quire::fuzz {

namespace {

constexpr std::uint64_t kMaxColumns = 4096;

void read_rows(const formats::gguf::File& file) {
    std::vector<float> row;
    for (const formats::SourceTensor& tensor : file.tensors()) {
        expect(file.tensor(tensor.name) != nullptr, "a tensor that is not found by its name");
        if (tensor.columns() > kMaxColumns || tensor.rows() == 0) continue;
        row.resize(tensor.columns());
        formats::read_row(row, tensor, tensor.rows() - 1);
    }
}

}  // namespace

void run_gguf(std::string_view input) {
    const std::string path = folder().write("model.gguf", input);
    refuses([&] {
        const formats::gguf::File file(path);
        refuses([&] { read_rows(file); });
        refuses([&] { formats::gguf_chat_templates(file); });
        refuses([&] { use_source(formats::from_gguf(file)); });
        refuses([&] { use_checkpoint(models::open_gguf(path)); });
    });
}

}  // namespace quire::fuzz
