#include "sources/json/decoder.h"

#include <fmt/format.h>

#include <algorithm>

#include "sources/json/event_line.h"

namespace spoor::json {
namespace {

constexpr std::size_t kMostComplaints = 1'000;

/// A line of Elasticsearch's bulk format that says where the next one goes: {"index":{...}}.
bool is_bulk_action(const Document& document) {
    const Node& root = document.root();
    const auto members = document.children(root);
    if (!(members.begin() != members.end())) return false;
    const Node& first = *members.begin();
    return first.end == root.end && (first.key == "index" || first.key == "create");
}

}  // namespace

Result<Decoder::Whose> Decoder::read(std::string_view object) {
    if (object.size() > kLongestObject)
        return fail(Errc::Unsupported, fmt::format("longer than {} MiB: passed over", kLongestObject >> 20));
    TRY(document_.parse(object));
    // Our own lines are no layout of Windows records. Files are of one kind, so what the last object was is asked
    // first.
    const bool was_foreign = layout_ != Layout::Unknown;
    if (was_foreign || !is_event_line(document_)) layout_ = recognise(document_, layout_);
    if (layout_ == Layout::Unknown && is_event_line(document_)) {
        reading_.clear();
        return Whose::Ours;
    }
    TRY(read_record(document_, layout_, reading_));
    return Whose::Windows;
}

void Decoder::decode(std::string_view text, std::uint64_t first_line, const FileFacts& facts, Decoded& to) {
    Objects objects(text, facts.framing, first_line);
    while (objects.next()) {
        const auto complain = [&](const Error& error) {
            if (to.complaints.size() < kMostComplaints) to.complaints.push_back({objects.line(), error.what});
        };
        const std::uint64_t counted =
            kCounted | std::uint64_t{facts.mark & 0x7f'ffff} << 40 | (objects.line() & 0xff'ffff'ffff);
        const auto read = this->read(objects.text());
        if (!read) {
            if (layout_ == Layout::Unknown && is_bulk_action(document_)) continue;
            complain(read.error());
            continue;
        }
        if (*read == Whose::Ours) {
            if (const auto added = read_event_line(document_, counted, catalog_, to.batch))
                to.lines.push_back(objects.line());
            else
                complain(added.error());
            continue;
        }
        windows::Record& record = reading_.record;
        if (!reading_.has_number) record.sequence = counted;
        if (reading_.clock == Clock::Local && facts.clock)
            record.time = facts.clock->to_utc(objects.line(), record.time).value_or(record.time);
        normaliser_.add(record, to.batch);
        to.lines.push_back(objects.line());
    }
}

Clock Decoder::clock_of(std::string_view text, Framing framing) {
    Objects objects(text, framing, 1);
    while (objects.next())
        if (read(objects.text())) return reading_.clock;
    return Clock::Utc;
}

void Decoder::survey(std::string_view text, std::uint64_t first_line, Framing framing, LocalClock& clock) {
    Objects objects(text, framing, first_line);
    while (objects.next()) {
        if (!objects.text().contains("\"UtcTime\"") || !read(objects.text())) continue;
        const windows::Record& record = reading_.record;
        if (reading_.clock != Clock::Local || record.provider != "Microsoft-Windows-Sysmon") continue;
        if (record.event_id == 3 || record.event_id == 22) continue;
        const auto utc_time = std::ranges::find(record.data, "UtcTime", &windows::RecordValue::name);
        if (utc_time == record.data.end()) continue;
        if (const auto utc = Timestamp::parse(utc_time->text)) clock.learn(objects.line(), record.time, *utc);
    }
}

}  // namespace spoor::json
