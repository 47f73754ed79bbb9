// spoor follow: the chain of custody of a process, session, user, address or host.
#include <fmt/format.h>

#include "cli/answers/follow_target.h"
#include "cli/answers/tracks.h"
#include "cli/output/csv_option.h"
#include "cli/output/track_output.h"
#include "cli/output/trail_view.h"
#include "cli/scope.h"
#include "cli/when.h"

namespace spoor::cli {
namespace {

class Follow final : public Command {
    void declare(Options& options) override {
        scope_.declare_logs(options, "WHAT LOG");
        options.text("--user", user_, "NAME",
                     "the tracks of an account, by name or SID, through all hosts in time order");
        options.text("--address", filter_.address, "IP", "the tracks of whoever came from an address");
        options.text("--host", filter_.host, "NAME", "the tracks of everyone on a host");
        options.text("--at", at_, "TIME",
                     "which of several processes with one number or name: that which ran then (2024-05-14T08:41:22Z, "
                     "or 08:41 of the last day there is)");
        scope_.declare_times(options);
        options.flag("-v,--evidence", evidence_, "with the records that each step rests on");
        options.choice("--format", format_, {"tree", "jsonl", "csv", "dot", "mermaid"}, "how to print");
        csv_.declare(options);
        when_.declare(options);
    }

    Result<Exit> run(Console& console) override {
        if (!filter_.address.empty() && !IpAddress::parse(filter_.address))
            return fail(Errc::BadUsage, fmt::format("'{}' is not an IP address", filter_.address));
        const std::string what = TRY(scope_.take_subject());
        if (what.empty() && user_.empty() && filter_.is_empty())
            return fail(Errc::BadUsage,
                        "say what to follow: a session (WS07:0x1a2b3c), a process (5416@FS01, powershell.exe), a "
                        "record (Security:1234@FS01), a user, an address or a host");
        scope_.remember_as_needed();
        TRY(scope_.open(console));
        when_.choose(console);
        std::optional<Timestamp> time;
        if (at_) time = TRY(scope_.time_of("--at", *at_, console.clock.now()));
        if (!user_.empty()) filter_.users = TRY(names_of_account(user_, scope_.archive()));
        FollowTarget target{.session = kNobody, .process = kNobody, .tracks = filter_};
        if (!what.empty()) target = TRY(find_follow_target({what, time}, scope_.names(), scope_.archive()));
        if (!target.note.empty()) console.note(target.note);
        if (target.tracks.is_empty()) return show_trail(target, console);
        filter_ = target.tracks;
        if (format_ == "dot" || format_ == "mermaid")
            return fail(Errc::BadUsage, "tracks are no graph: follow one session, or take another --format");
        if (at_) return fail(Errc::BadUsage, "--at tells processes apart; --since and --until narrow tracks");
        return show_tracks(console);
    }

    Result<Exit> show_trail(const FollowTarget& target, Console& console) {
        if (scope_.has_times()) return fail(Errc::BadUsage, "--since and --until narrow tracks, and this is one trail");
        if (target.session != kNobody) TRY(scope_.archive().recall_trail(target.session));
        const trails::Links links{.links = scope_.history().links, .skews = {}};
        const trails::Tracer tracer(scope_.history(), links);
        const bool by_process = target.process != kNobody;
        const trails::Trail trail =
            by_process ? tracer.back_from_process(target.process) : tracer.back_from_session(target.session);
        const trails::Descendant led_to = target.session == kNobody ? trails::Descendant{}
                                          : by_process              ? tracer.forward_from_process(target.process)
                                                                    : tracer.forward_from_session(target.session);
        const auto view =
            make_trail_view(format_, {console, tracer, scope_.catalog(), scope_.names(),
                                      evidence_ ? ShowEvidence::Yes : ShowEvidence::No, when_, csv_.formulas()});
        view->begin();
        view->show(trail, led_to);
        view->end();
        return scope_.exit();
    }

    Result<Exit> show_tracks(const Console& console) {
        TrackReader reader =
            TRY(TrackReader::open(filter_, scope_.archive(), {.from = scope_.from(), .until = scope_.until()}));
        const auto output = make_track_output(format_, {console, scope_.catalog(), when_, csv_.formulas()});
        output->begin();
        std::vector<Track> tracks;
        bool any = false;
        while (!console.out.closed() && TRY(reader.next(tracks))) {
            any = true;
            for (const Track& track : tracks) output->show(track);
            console.out.flush();
        }
        if (!any)
            console.note(filter_.address.empty()
                             ? "nothing in these logs shows them"
                             : fmt::format("nobody came from {0} in these logs; spoor search 'DestinationIp: {0}' "
                                           "tells who went there",
                                           filter_.address));
        output->end();
        return scope_.exit();
    }

    Scope scope_{match::Subject::Sessions};
    TrackFilter filter_;
    std::string user_;
    When when_;
    std::optional<std::string> at_;
    bool evidence_ = false;
    std::string format_ = "tree";
    CsvOption csv_;
};

}  // namespace

CommandEntry follow_command() {
    return {.name = "follow",
            .summary = "the trail of a process, session or user, back to the first human logon and forward",
            .group = Group::Look,
            .description =
                "WHAT is a session (WS07:0x1a2b3c), a process (5416@FS01, powershell.exe, cmd.exe@FS01, with --at "
                "when there were several, or its ProcessGuid), a record (Security:134879@FS01), a user or its SID, an "
                "address or a host.\n\n"
                "Each step back names the session it came from, how it was taken, and how sure that is: certain, "
                "strong, probable or weak. A "
                "trail is complete when the first session's own logon, at a logon screen, is in the logs.",
            .examples = {{"follow 4272@FS01 logs/", "Who was really behind process 4272 on FS01."},
                         {"follow powershell.exe logs/",
                          "The same for a program that ran once; else it says which there were."},
                         {"follow -v FS01:0x1a55f408 logs/",
                          "Where a session came from and what it led to, with the records that prove it."},
                         {"follow --user brian --since 08:30 logs/",
                          "Everything an account did on every host from then on, with the domain controllers' view."},
                         {"follow FS01:0x3e7 logs/ --format mermaid", "As a graph for a report."}},
            .make = make<Follow>};
}

}  // namespace spoor::cli
