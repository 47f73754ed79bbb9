// Codec: what an archive answers, as bytes, between a server that owns a store and the command line.
//
// An answer begins with a mark of the schema that its numbers of kinds and fields are of; who reads it must have the
// same. Numbers of hosts, channels and added fields are those of the writer's catalog: their names come before they are
// used, in the writer's order, and the reader turns them into numbers of its own. Records are in the order of
// model/member_codec.h.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/varint.h"
#include "model/catalog.h"
#include "model/history.h"
#include "store/archive.h"

namespace spoor::remote {

/// Writes one answer, piece by piece.
class Encoder {
public:
    explicit Encoder(const Catalog& catalog) : catalog_(catalog) {}

    /// Each appends one piece, which a Decoder reads by the function of the same name.
    void events(const Batch& batch, std::span<const store::Position> positions, std::string& out);
    void history(const History& history, std::string& out);
    void recalled(const store::Recalled& recalled, std::string& out);
    void counts(std::span<const store::Count> counts, std::string& out);
    void holdings(std::span<const store::Holding> holdings, std::string& out);
    void inventory(const store::Inventory& inventory, std::string& out);
    void times(std::span<const Timestamp> times, std::string& out);

private:
    void begin(std::string& out);
    void end(std::string& out);

    const Catalog& catalog_;
    std::size_t begun_ = 0;  // where the piece begins in `out`
    std::size_t hosts_ = 1;  // whose names were told
    std::size_t channels_ = 1;
    std::size_t fields_ = kFieldCount;
    bool marked_ = false;
};

/// Reads one answer. Everything in it is checked: damaged bytes are an error and nothing worse.
class Decoder {
public:
    explicit Decoder(Catalog& catalog) : catalog_(catalog) {}

    /// Takes the first whole piece off `bytes`; nothing when there is none yet.
    static std::optional<std::string_view> piece(std::string_view& bytes);

    Result<void> events(std::string_view piece, Batch& batch, std::vector<store::Position>& positions);
    Result<void> history(std::string_view piece, History& history);
    /// Texts go to `texts`. What refers to sessions and processes does so by numbers, which may be of none.
    Result<store::Recalled> recalled(std::string_view piece, TextPool& texts);
    Result<std::vector<store::Count>> counts(std::string_view piece);
    Result<std::vector<store::Holding>> holdings(std::string_view piece);
    Result<store::Inventory> inventory(std::string_view piece);
    Result<std::vector<Timestamp>> times(std::string_view piece);

private:
    friend struct ToldNames;
    Result<ByteReader> begin(std::string_view piece);
    HostId host(std::uint64_t number) const { return number < hosts_.size() ? hosts_[number] : HostId::None; }
    ChannelId channel(std::uint64_t number) const {
        return number < channels_.size() ? channels_[number] : ChannelId::None;
    }
    FieldId field(std::uint64_t number) const;

    Catalog& catalog_;
    std::vector<HostId> hosts_ = {HostId::None};
    std::vector<ChannelId> channels_ = {ChannelId::None};
    std::vector<FieldId> fields_;  // behind those of the schema
    bool marked_ = false;
};

}  // namespace spoor::remote
