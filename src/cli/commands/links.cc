// spoor links: every link between the sessions of some logs, each with its strength and what it rests on.
#include <fmt/format.h>

#include <algorithm>

#include "cli/output/csv_option.h"
#include "cli/output/trail_view.h"
#include "cli/scope.h"
#include "match/evaluate/evaluator.h"

namespace spoor::cli {
namespace {

class Links final : public Command {
    void declare(Options& options) override {
        scope_.declare(options);
        options.list("--kind", kinds_, "KIND",
                     "only links of these kinds: rdp_hop, service, explicit_credentials, ...");
        options.choice("--strength", strength_, {"weak", "probable", "strong", "certain"}, "only this and surer");
        options.flag("--between-hosts", between_hosts_, "only from one host to another");
        options.flag("-v,--evidence", evidence_,
                     "with the records that each link rests on; jsonl and csv always have them");
        options.choice("--format", format_, {"table", "jsonl", "csv", "dot", "mermaid"}, "how to print");
        csv_.declare(options);
        options.flag("--exit-code", exit_code_, "end with 1 when nothing is found");
    }

    Result<Exit> run(Console& console) override {
        TRY(check_kinds());
        scope_.need_no_events();
        TRY(scope_.open(console));
        const trails::Links links{.links = scope_.history().links, .skews = {}};
        const std::vector<std::uint32_t> found = TRY(find(links.links));
        const trails::Tracer tracer(scope_.history(), links);
        const auto view = make_trail_view(format_, {console,
                                                    tracer,
                                                    scope_.catalog(),
                                                    scope_.names(),
                                                    evidence_ ? ShowEvidence::Yes : ShowEvidence::No,
                                                    {},
                                                    csv_.formulas()});
        view->begin();
        for (const std::uint32_t link : found) view->show(link);
        view->end();
        if (found.empty() && format_ == "table" && !console.quiet)
            console.note(fmt::format("no link matches; the logs have {}", links.links.size()));
        return found.empty() && exit_code_ ? Exit::NothingFound : scope_.exit();
    }

    Result<void> check_kinds() const {
        std::string known;
        for (LinkKind kind = {}; kind <= LinkKind::Inherited; kind = static_cast<LinkKind>(static_cast<int>(kind) + 1))
            known += fmt::format("{}{}", known.empty() ? "" : ", ", name(kind));
        for (const std::string& kind : kinds_)
            if ((", " + known + ",").find(fmt::format(", {},", kind)) == std::string::npos)
                return fail(Errc::BadUsage, fmt::format("'{}' is no kind of link; they are {}", kind, known));
        return {};
    }

    /// In order of time: of when the session that a link leads to began, or what the link is about happened.
    Result<std::vector<std::uint32_t>> find(const std::vector<Link>& links) {
        match::Matcher matcher = TRY(match::Matcher::compile(scope_.where(), scope_.catalog()));
        const std::vector<Session>& sessions = scope_.history().sessions;
        const Strength least = least_strength();
        std::vector<std::uint32_t> found;
        for (std::uint32_t i = 0; i < links.size(); ++i) {
            const Link& link = links[i];
            if (link.strength < least) continue;
            if (!kinds_.empty() && std::ranges::find(kinds_, name(link.kind)) == kinds_.end()) continue;
            const Session& from = sessions[link.from];
            const Session& to = sessions[link.to];
            if (between_hosts_ && from.key.host == to.key.host) continue;
            const Timestamp time = made_at(link);
            if (time < scope_.from() || time > scope_.until()) continue;
            if (matcher.matches(from) || matcher.matches(to)) found.push_back(i);
        }
        std::ranges::stable_sort(found, {}, [&](std::uint32_t i) { return made_at(links[i]); });
        return found;
    }

    Strength least_strength() const {
        for (const Strength strength : {Strength::Certain, Strength::Strong, Strength::Probable})
            if (name(strength) == strength_) return strength;
        return Strength::Weak;
    }

    Scope scope_{match::Subject::Sessions};
    std::vector<std::string> kinds_;
    std::string strength_ = "weak";
    std::string format_ = "table";
    CsvOption csv_;
    bool between_hosts_ = false;
    bool evidence_ = false;
    bool exit_code_ = false;
};

}  // namespace

CommandEntry links_command() {
    return {.name = "links",
            .summary = "every link between sessions: which gave rise to which, how, and how surely",
            .group = Group::Look,
            .description =
                "A filter is about sessions; a link is shown when it matches one of its ends. From is the earlier or "
                "controlling session. "
                "docs/trails.md tells what each kind rests on.\n\n"
                "certain: an identifier matches. strong: one join rests on time and account, and nothing else fits. "
                "probable: several weak "
                "signs. weak: worth a look, and never followed silently.",
            .examples = {{"links logs/ --between-hosts --strength strong", "Who went from where to where."},
                         {"links 'user: jimmy' logs/ -v",
                          "All that one account's sessions came from and led to, with the records."},
                         {"links logs/ --kind task --kind service",
                          "What was started through the scheduler and the service manager."},
                         {"links logs/ --format dot | dot -Tsvg > links.svg", "As a graph."}},
            .make = make<Links>};
}

}  // namespace spoor::cli
