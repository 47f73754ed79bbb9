// Winlogbeat: 7 and later put all under "winlog", nested or with dotted keys; 5 and 6 had the same names at the top.
#include "sources/json/layouts.h"
#include "sources/json/message.h"
#include "sources/json/record_builder.h"

namespace spoor::json {
namespace {

class Beat {
public:
    Beat(const Document& document, Reading& reading)
        : document_(document),
          reading_(reading),
          source_(document.member("_source") ? *document.member("_source") : document.root()) {}

    /// The member of "winlog", also where it stands as "winlog.NAME".
    const Node* winlog(std::string_view name) const {
        const Node* const group = document_.member(source_, "winlog");
        return group ? document_.member(*group, name) : document_.member(source_, "winlog." + std::string(name));
    }
    std::string_view text(const Node* node) const {
        return node && node->is_scalar() ? node->text : std::string_view();
    }
    /// The same, or else the member of another group.
    std::string_view winlog_or(std::string_view name, std::string_view group, std::string_view other) const {
        const std::string_view found = text(winlog(name));
        return found.empty() ? inner(document_.member(source_, group), other) : found;
    }
    std::string_view inner(const Node* node, std::string_view name) const {
        return node ? document_.text(*node, name) : std::string_view();
    }
    const Node& source() const { return source_; }

    void keywords(const Node* list) const {
        if (!list) return;
        RecordBuilder to(reading_);
        // Our own exports give the number beside the words where these do not say all.
        for (const Node& keyword : document_.children(*list))
            if (keyword.text.starts_with("0x")) return to.keywords(keyword.text);
        for (const Node& keyword : document_.children(*list)) {
            to.outcome(keyword.text);
            if (reading_.record.outcome == Outcome::Success) to.system("Keywords", "0x8020000000000000");
            if (reading_.record.outcome == Outcome::Failure) to.system("Keywords", "0x8010000000000000");
            if (reading_.record.outcome != Outcome::Unknown) return;
            if (keyword.text == "Classic") to.system("Keywords", "0x80000000000000");
        }
    }

    void values(const Node* group) const {
        if (!group) return;
        for (const Node& value : document_.children(*group))
            if (value.key != "xml_name") RecordBuilder(reading_).element(document_, value.key, value);
    }

    void user(const Node* user) const {
        if (!user) return;
        RecordBuilder to(reading_);
        to.system("UserID", document_.text(*user, "identifier"));
        to.system("UserIDName", document_.text(*user, "name"));
        to.system("UserIDDomain", document_.text(*user, "domain"));
    }

private:
    const Document& document_;
    Reading& reading_;
    const Node& source_;
};

}  // namespace

bool is_winlogbeat(const Document& document) {
    const Node* const source = document.member("_source");
    const Node& root = source ? *source : document.root();
    if (const Node* const winlog = document.member(root, "winlog"))
        return document.member(*winlog, "event_id") || document.member(*winlog, "channel");
    return document.member(root, "winlog.event_id") != nullptr;
}

Result<> read_winlogbeat(const Document& document, Reading& reading) {
    const Beat beat(document, reading);
    RecordBuilder to(reading);
    // Pipelines behind Winlogbeat may leave only what ECS has a name of its own for.
    to.provider(beat.winlog_or("provider_name", "event", "provider"));
    to.channel(beat.text(beat.winlog("channel")));
    to.computer(beat.winlog_or("computer_name", "host", "name"));
    to.event_id(beat.winlog_or("event_id", "event", "code"));
    to.number(beat.text(beat.winlog("record_id")));
    to.system("ProviderGuid", beat.text(beat.winlog("provider_guid")));
    to.system("Version", beat.text(beat.winlog("version")));
    beat.keywords(beat.winlog("keywords"));
    const Node* const log = document.member(beat.source(), "log");
    to.level(log ? document.text(*log, "level") : document.text(beat.source(), "log.level"));
    to.system("Task", beat.text(beat.winlog("task")));
    to.opcode(beat.text(beat.winlog("opcode")));
    to.system("ActivityID", beat.text(beat.winlog("activity_id")));
    to.system("RelatedActivityID", beat.text(beat.winlog("related_activity_id")));
    if (const Node* const process = beat.winlog("process")) {
        to.system("ExecutionProcessID", beat.inner(process, "pid"));
        to.system("ExecutionThreadID", beat.inner(document.member(*process, "thread"), "id"));
    }
    to.system("ExecutionProcessID", beat.text(beat.winlog("process.pid")));
    to.system("ExecutionThreadID", beat.text(beat.winlog("process.thread.id")));
    beat.user(beat.winlog("user"));
    to.message(document.text(beat.source(), "message"));
    beat.values(beat.winlog("event_data"));
    beat.values(beat.winlog("user_data"));
    for (const Node& node : document.children(beat.source()))
        for (const std::string_view prefix : {"winlog.event_data.", "winlog.user_data."})
            if (node.key.starts_with(prefix)) to.element(document, node.key.substr(prefix.size()), node);
    recover_from_message(reading.record);
    return to.time(document.text(beat.source(), "@timestamp"), "@timestamp");
}

bool is_winlogbeat6(const Document& document) {
    const Node* const source = document.member("_source");
    const Node& root = source ? *source : document.root();
    return document.member(root, "event_id") && document.member(root, "log_name");
}

Result<> read_winlogbeat6(const Document& document, Reading& reading) {
    const Beat beat(document, reading);
    const Node& source = beat.source();
    RecordBuilder to(reading);
    to.provider(document.text(source, "source_name"));
    to.channel(document.text(source, "log_name"));
    to.computer(document.text(source, "computer_name"));
    to.event_id(document.text(source, "event_id"));
    to.number(document.text(source, "record_number"));
    to.system("ProviderGuid", document.text(source, "provider_guid"));
    to.system("Version", document.text(source, "version"));
    beat.keywords(document.member(source, "keywords"));
    to.level(document.text(source, "level"));
    to.system("Task", document.text(source, "task"));
    to.opcode(document.text(source, "opcode"));
    to.system("ActivityID", document.text(source, "activity_id"));
    to.system("RelatedActivityID", document.text(source, "related_activity_id"));
    to.system("ExecutionProcessID", document.text(source, "process_id"));
    to.system("ExecutionThreadID", document.text(source, "thread_id"));
    beat.user(document.member(source, "user"));
    to.message(document.text(source, "message"));
    beat.values(document.member(source, "event_data"));
    beat.values(document.member(source, "user_data"));
    recover_from_message(reading.record);
    return to.time(document.text(source, "@timestamp"), "@timestamp");
}

}  // namespace spoor::json
