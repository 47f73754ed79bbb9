// The tables of conclusions: boots, sessions, processes and links, one row each, with a column for every member.
//
// A session is known in the store by its host and its place among the sessions of that host (and so are processes and
// boots): what one host's logs add up to can be replaced without touching what refers to another's.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/catalog.h"
#include "model/history.h"
#include "store/duckdb/engine.h"
#include "store/duckdb/names.h"

namespace spoor::store::duckdb {

Result<void> create_history_tables(Connection& connection);

/// Replaces all rows, within the transaction that `connection` has open.
Result<void> write_history(Connection& connection, const History& history, std::uint32_t generation, const Catalog& catalog, Names& names);

class HostBases;
/// Of the history that is stored, without reading it.
Result<HostBases> read_bases(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names);

/// Reads rows of the tables of one generation. Where records refer to sessions and processes, they do so by numbers over all
/// hosts, which are the rows' own: `numbers` gets one for each record, and they come in order.
struct HistoryReader {
    Connection& connection;
    std::uint32_t generation;
    const HostBases& bases;
    Catalog& catalog;
    const Names& names;

    /// Calls `visit` with each session and its number; only what stands in `columns` is filled in, everything if that is empty.
    Result<void> each_session(std::span<const std::string_view> columns, const std::function<void(std::uint32_t, const Session&)>& visit) const;
    Result<void> each_process(std::span<const std::string_view> columns, const std::function<void(std::uint32_t, const Process&)>& visit) const;

    Result<void> boots(const std::string& where, History& history, std::vector<std::uint32_t>& numbers) const;
    Result<void> sessions(const std::string& where, TextPool& texts, std::vector<Session>& sessions, std::vector<std::uint32_t>& numbers) const;
    Result<void> processes(const std::string& where, TextPool& texts, std::vector<Process>& processes, std::vector<std::uint32_t>& numbers) const;
    Result<void> links(const std::string& where, TextPool& texts, std::vector<Link>& links, std::vector<std::uint32_t>& numbers) const;
};

Result<History> read_history(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names);

/// Where the sessions and processes of each host begin in a History: what turns places within a host into indices.
class HostBases {
public:
    HostBases() = default;
    explicit HostBases(const History& history);

    struct Base {
        std::uint32_t sessions = 0;
        std::uint32_t processes = 0;
        std::uint32_t boots = 0;
    };
    Base of(HostId host) const;

private:
    friend Result<HostBases> read_bases(Connection& connection, std::uint32_t generation, Catalog& catalog, const Names& names);
    Base& at(HostId host);

    std::vector<Base> bases_;  // by host
};

}  // namespace spoor::store::duckdb
