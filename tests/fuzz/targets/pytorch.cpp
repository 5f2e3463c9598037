// A PyTorch checkpoint, in either form; and its bytes as pickles of every kind.
#include "formats/pytorch/pytorch.h"

#include "formats/pytorch/pickle.h"
#include "tests/fuzz/common.h"

namespace quire::fuzz {

namespace {

constexpr std::uint64_t kMaxColumns = 4096;

void read_rows(const formats::PytorchFile& file) {
    std::vector<float> row;
    for (const formats::SourceTensor& tensor : file.set().tensors()) {
        expect(file.set().find(tensor.name) != nullptr, "a tensor that is not found by its name");
        if (tensor.columns() > kMaxColumns || tensor.rows() == 0) continue;
        row.resize(tensor.columns());
        formats::read_row(row, tensor, 0);
        formats::read_row(row, tensor, tensor.rows() - 1);
    }
}

}  // namespace

void run_pytorch(std::string_view input) {
    for (const formats::PickleKind kind :
         {formats::PickleKind::tensors, formats::PickleKind::texts, formats::PickleKind::integer,
          formats::PickleKind::system}) {
        refuses([&] {
            base::ByteReader reader(base::as_bytes(input), "x.pkl");
            formats::read_pickle(reader, kind);
        });
    }
    const std::string path = folder().write("pytorch_model.bin", input);
    refuses([&] { read_rows(formats::PytorchFile(path)); });
}

}  // namespace quire::fuzz
