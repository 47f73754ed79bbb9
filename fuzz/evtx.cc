// Fuzzes the .evtx reader with one chunk: every way of recovery, both renderers, the values of every record and its
// event.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/unicode.h"
#include "evtx/chunk.h"
#include "evtx/render/renderer.h"
#include "evtx/value.h"
#include "sources/windows/evtx_events.h"

namespace {

using namespace spoor::evtx;

struct Everything : RecordVisitor {
    Everything() { events.begin(batch); }
    void record(const Record& record) override {
        events.add(record);
        CHECK(record.values.size() == record.shape->slots.size());
        for (const Value& value : record.values)
            text += to_text(value).size() + to_unsigned(value).value_or(0) % 2 + to_filetime(value).value_or(0) % 2;
        for (Renderer* const renderer : {xml.get(), json.get()}) {
            buffer.clear();
            if (renderer->append(record, buffer)) CHECK(spoor::is_utf8(buffer.text()) && buffer.text().ends_with("\n"));
        }
    }
    void issue(const Issue& issue) override { text += describe(issue.problem).size(); }

    std::unique_ptr<Renderer> xml = make_xml_renderer(), json = make_json_renderer();
    TextBuffer buffer;
    spoor::Catalog catalog;
    spoor::windows::EvtxNormaliser events{catalog};
    spoor::Batch batch;
    std::size_t text = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Seeds are whole logs: what is a file header there is skipped, so that the first chunk is what is tried.
    if (size > kFileHeaderSize && data[0] == 'E' && data[3] == 'F') data += kFileHeaderSize, size -= kFileHeaderSize;
    std::vector<std::uint8_t> chunk(data, data + std::min(size, kChunkSize));
    chunk.resize(chunk.size() + kChunkSlack);
    for (const Recovery recovery : {Recovery::None, Recovery::Damage, Recovery::Carve}) {
        ShapeStore store;
        Decoder decoder(store);
        Everything everything;
        read_chunk({chunk.data(), chunk.size() - kChunkSlack}, 0, recovery, decoder, everything);
    }
    return 0;
}
