// ChunkBuilder: one chunk being written: its names, its templates, and records back to back.
//
// Each name is stored once, where it is first used, and each template inside the first record made from it; later ones
// refer to them by offset. A record that turns out not to fit is taken back with all it brought along.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "evtx/layout.h"
#include "evtx/write/definition.h"
#include "evtx/write/writer.h"

namespace spoor::evtx {

class ChunkBuilder {
public:
    ChunkBuilder() { clear(); }

    /// Appends a record with this id, which is the `number`th of the file; its values fit into 16 bits of size. False
    /// when there is no room for it; the chunk is then as it was before.
    bool add(const NewEvent& event, std::uint64_t id, std::uint64_t number);

    bool empty() const { return last_number_ == 0; }

    /// The 65536 bytes with header and checksums; clear() then begins the next chunk.
    const std::vector<std::uint8_t>& finish();
    void clear();

private:
    void take_back(std::size_t size);

    void put(const void* from, std::size_t size);
    void put_text(std::string_view utf8);
    template <typename T>
    void put_number(T value) {
        put(&value, sizeof value);
    }
    void put_name(std::string_view name);
    void put_definition(const Definition& definition);
    void put_record(const NewEvent& event, std::uint64_t id);
    void put_event_data(const NewEvent& event);

    /// A fragment of one instance; its values are put behind. Returns where the first value descriptor stands.
    std::size_t begin_instance(const Definition& definition, std::size_t values);
    void put_value(std::size_t descriptors, std::size_t index, Type type, std::string_view bytes);
    void describe_value(std::size_t descriptors, std::size_t index, std::size_t size, Type type);

    /// Puts an entry at the head of the list that the table slot at `slot` begins.
    std::uint32_t link(std::size_t slot);

    std::uint32_t here() const { return static_cast<std::uint32_t>(bytes_.size()); }

    std::vector<std::uint8_t> bytes_;  // longer than a chunk only while a record that will not fit is written
    std::map<std::string, std::uint32_t, std::less<>> names_;
    std::map<Guid, std::uint32_t> templates_;
    std::uint64_t first_number_ = 0, last_number_ = 0;
    std::uint64_t first_id_ = 0, last_id_ = 0;
    std::uint32_t last_record_ = 0;
};

}  // namespace spoor::evtx
