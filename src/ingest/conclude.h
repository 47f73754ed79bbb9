// Concluding: what all events of a store add up to: boots, sessions and processes of each host, and the links between
// them.
//
// Memory stays within bounds however long the past is. First each host for itself: what its events say is put together,
// its events are stamped, and it is written down and let go; a host without new events keeps what is known of it. Then
// links, for one stretch of time after the other, each with the sessions and processes that were there then and a day
// of evidence before it (ClientSigns and its like join within minutes; nothing looks further back but what was set up
// to run, which is kept apart). A link belongs to the stretch in which the last of its evidence lies.
//
// A server draws conclusions again and again from what it has in memory: then the hosts that got events are worked out,
// and links from the moment on at which something may be otherwise than before (renewal.h).
#pragma once
#include <memory>
#include <optional>
#include <stop_token>

#include "ingest/renewal.h"
#include "store/store.h"
#include "trails/links.h"

namespace spoor::ingest {

struct ConcludeOptions {
    unsigned threads = 0;                     // 0: one a core
    std::uint64_t records_at_once = 150'000;  // sessions and processes that links are found between, roughly
    std::stop_token stop = {};                // whoever asks for a stop gets an error soon, and nothing is written
};

/// Works out sessions, processes and links anew when events have come since that was done last; nothing otherwise.
Result<void> conclude(store::Store& store, const ConcludeOptions& options = {});

/// What was concluded last, for whoever goes on from there.
struct Past {
    std::shared_ptr<const SharedHistory> account;
    trails::Evidence lasting;                        // of all hosts, settled: what may matter long after it happened
    std::vector<trails::AddressSighting> addresses;  // settled, that it was concluded with
    store::Extent extent;                            // what it was concluded from
};

/// Conclusions that the store does not say yet. Others may read it and add to it meanwhile.
struct Drawn {
    Past past;
    trails::Evidence evidence;                   // since a day before `since`
    Timestamp since = Timestamp::earliest();     // links and findings that all lies before are as they were
    std::vector<std::uint32_t> sessions = {};    // of each that there was before, its number now, or kNobody
    std::unique_ptr<store::Conclusion> writing;  // publish() makes the store say it

    const History& history() const { return past.account->history; }
};

/// Works it all out, for what there is in memory to go on from: nothing when no events have come.
Result<std::optional<Drawn>> draw(store::Store& store, const Past* past, const ConcludeOptions& options = {});

/// What the store says already, and the evidence of all time.
struct ReadUp {
    Past past;
    trails::Evidence evidence;
};
/// `view` is of the store as it was when the history was read, or before. Nothing when it is not known what the store's
/// conclusions were drawn from.
Result<std::optional<ReadUp>> read_up(store::Conclusion& view, std::shared_ptr<const SharedHistory> account,
                                      Catalog& catalog);

}  // namespace spoor::ingest
