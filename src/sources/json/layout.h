// Layout: how an exporter writes a Windows event as JSON. Each is recognised by what stands in the object, not by names
// of files; layouts.cc is the table of them, and the place to add another.
#pragma once
#include <deque>
#include <string>

#include "sources/json/document.h"
#include "sources/windows/record.h"

namespace spoor::json {

enum class Layout : std::uint8_t {
    Unknown,
    EventXml,     // the XML's own tree: evtx_dump, python-evtx, Velociraptor, `spoor evtx dump --format jsonl`
    Winlogbeat,   // Winlogbeat 7 and later, Elastic Agent: winlog.event_data
    Winlogbeat6,  // Winlogbeat 5 and 6: event_data at the top
    Nxlog,        // NXLog, flat, with or without Logstash behind it
    Flat,         // evtx to JSON, flat: TimeCreated, and values beside the header
    Azure,        // tables of Azure Monitor: TimeGenerated
    GetWinEvent,  // PowerShell's Get-WinEvent | ConvertTo-Json
};

std::string_view name(Layout layout);

/// What a layout says of time.
enum class Clock : std::uint8_t {
    Utc,
    Local,  // some local time, whatever it is labelled as; see LocalClock
};

/// A record read from JSON. Clear it and use it again.
struct Reading {
    windows::Record record;
    Clock clock = Clock::Utc;
    bool has_number = false;           // record.sequence is the source's own
    std::deque<std::string> composed;  // texts that stand nowhere as such

    void clear();
    std::string_view kept(std::string text) { return composed.emplace_back(std::move(text)); }
};

/// The layout of an object, Unknown if it is none of ours. `likely` is tried first.
Layout recognise(const Document& document, Layout likely);

/// Reads the object as that layout.
Result<> read_record(const Document& document, Layout layout, Reading& reading);

}  // namespace spoor::json
