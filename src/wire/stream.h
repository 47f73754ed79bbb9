// Stream: what the sensor says on its Unix socket, "spoor.stream/1". Lines of JSON in UTF-8, each ended by "\n".
//
// The sensor greets whoever connects:
//
//     {"schema":"spoor.stream/1","host":"VM","boot":"4a5e...","series":"09c4...","oldest":120001,"newest":184310}
//
// The reader may answer, within a quarter of a second, with one line that says where to begin; who says nothing (or
// closes its writing side, as socat -u does) gets what happens from now on:
//
//     {"after":150000}      what follows number 150000: go on where another connection ended
//     {"snapshot":true}     first the sessions and processes that are there now, then what happens
//
// Then come events, one a line, as json/event_line.h has them:
// {"time":...,"kind":...,"sequence":150001,"fields":{...}}. Those of a snapshot have "Found":true among their fields
// and no "sequence". Numbers rise by one from event to event, through restarts of the sensor too, as long as "series"
// stays the same; it changes when the sensor's memory of its numbers is lost, and numbers of another series mean
// nothing. Where numbers jump, events are missing, and that is said:
//
//   * What the kernel or the audit stream lost is an event of the kind "gap": its number follows the missing ones, and
//     its fields Lost and Stage say how many there were and where they went.
//   * What a slow reader did not take in time, or what is too old to be resumed, is told to that reader alone:
//
//     {"missed":{"first":150001,"last":160000,"count":10000,"why":"slow reader"}}
//
// Where nothing happens for 15 seconds, {"alive":184310} says so, with the number of the newest event. A request that
// makes no sense gets {"error":"..."} and the end of the connection. Readers pass over members and lines that they do
// not know.
//
// Nothing that a reader does holds up the sensor or another reader: there is one log of the newest lines, bounded in
// bytes, and a reader has no more than a place in it.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sources/json/document.h"

namespace spoor::wire {

inline constexpr std::string_view kStreamSchema = "spoor.stream/1";
/// A line that is longer is an error. Events have command lines of up to 2 MB, which JSON may write in six times that.
inline constexpr std::size_t kLongestLine = 16u << 20;

struct Greeting {
    std::string host;
    std::string boot;
    std::string series;
    std::uint64_t oldest = 1;  // number of the first event that can still be had
    std::uint64_t newest = 0;  // oldest - 1 where there is none yet
};

struct Request {
    std::optional<std::uint64_t> after = {};
    bool snapshot = false;
};

/// Numbers first to last did not reach the reader.
struct Missed {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::string why;

    std::uint64_t count() const { return last - first + 1; }
};

/// Each with its end of line.
std::string to_line(const Greeting& greeting);
std::string to_line(const Request& request);
std::string to_line(const Missed& missed);
std::string alive_line(std::uint64_t newest);
std::string error_line(std::string_view what);

Result<Greeting> read_greeting(const json::Document& line);
Result<Request> read_request(const json::Document& line);
/// Nothing when the line is of another sort.
std::optional<Missed> read_missed(const json::Document& line);

}  // namespace spoor::wire
