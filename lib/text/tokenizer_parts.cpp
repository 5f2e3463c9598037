#include "lib/text/tokenizer_parts.h"

#include <string>

#include "lib/base/error.h"
#include "lib/text/tokenizer_tables.h"

namespace quire::text {

namespace {

ArrayView<std::uint32_t> read_byte_ids(base::Bytes bytes, std::uint32_t n_pieces,
                                       const std::string& where) {
    base::ByteReader reader(bytes, where);
    const ArrayView<std::uint32_t> ids(reader, 256, "ids");
    if (reader.remaining() != 0) reader.fail("expected the end of the table");
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] != kNoId && ids[i] >= n_pieces) reader.fail("id out of range");
    }
    return ids;
}

}  // namespace

TokenizerParts::TokenizerParts(const TableSource& tables)
    : settings(read_settings(base::as_text(tables("tokenizer")), "tokenizer")),
      pieces(tables("tokenizer.pieces"), "tokenizer.pieces"),
      index(tables("tokenizer.index"), pieces, "tokenizer.index"),
      merges(tables("tokenizer.merges"), pieces.size(), "tokenizer.merges"),
      byte_ids(read_byte_ids(tables("tokenizer.bytes"), pieces.size(), "tokenizer.bytes")),
      normalizer(settings.normalizer),
      prepare(settings.prepare),
      split(tables("tokenizer.split"), "tokenizer.split"),
      added(tables("tokenizer.added"), pieces.size(), "tokenizer.added") {
    if (settings.n_pieces != pieces.size()) {
        throw Error(ErrorCode::model, "tokenizer.pieces",
                    "expected " + std::to_string(settings.n_pieces) + " pieces, found " +
                        std::to_string(pieces.size()));
    }
}

}  // namespace quire::text
