// The table of layouts: adding one is a line here and a file of its own.
#include "sources/json/layouts.h"

#include <algorithm>

namespace spoor::json {
namespace {

struct LayoutEntry {
    Layout layout;
    std::string_view name;
    bool (*fits)(const Document&);
    Result<> (*read)(const Document&, Reading&);
};

/// The more telling come first.
constexpr LayoutEntry kLayouts[] = {
    {Layout::EventXml, "Event XML as JSON", is_event_xml, read_event_xml},
    {Layout::Winlogbeat, "Winlogbeat", is_winlogbeat, read_winlogbeat},
    {Layout::Winlogbeat6, "Winlogbeat 6", is_winlogbeat6, read_winlogbeat6},
    {Layout::Nxlog, "NXLog", is_nxlog, read_nxlog},
    {Layout::Flat, "flat", is_flat, read_flat},
    {Layout::Azure, "Azure Monitor", is_azure, read_azure},
    {Layout::GetWinEvent, "Get-WinEvent", is_get_winevent, read_get_winevent},
};

const LayoutEntry* entry(Layout layout) {
    const auto found = std::ranges::find(kLayouts, layout, &LayoutEntry::layout);
    return found == std::end(kLayouts) ? nullptr : found;
}

}  // namespace

void Reading::clear() {
    record.clear();
    clock = Clock::Utc;
    has_number = false;
    composed.clear();
}

std::string_view name(Layout layout) { return entry(layout) ? entry(layout)->name : "unknown"; }

Layout recognise(const Document& document, Layout likely) {
    if (const LayoutEntry* const first = entry(likely); first && first->fits(document)) return likely;
    for (const LayoutEntry& candidate : kLayouts)
        if (candidate.fits(document)) return candidate.layout;
    return Layout::Unknown;
}

Result<> read_record(const Document& document, Layout layout, Reading& reading) {
    reading.clear();
    const LayoutEntry* const known = entry(layout);
    if (!known) return fail(Errc::Unsupported, "no layout of Windows events that Spoor knows");
    TRY(known->read(document, reading));
    if (reading.record.event_id == 0 && reading.record.channel.empty() && reading.record.provider.empty())
        return fail(Errc::Corrupt, "the event has neither number, channel nor provider");
    return {};
}

}  // namespace spoor::json
