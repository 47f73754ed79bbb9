#include "findings/renewal.h"

#include <algorithm>

namespace spoor::findings {
namespace {

/// Rules that tell of somebody once, the first time, however often it happens.
bool is_told_once(Rule rule) {
    return rule == Rule::ServiceTicketWithoutTgt || rule == Rule::TicketFromStrangeAddress ||
           rule == Rule::Kerberoasting || rule == Rule::PreauthenticationDisabled;
}

/// Whether a finding was told before. Where a rule tells each time, the same words at another time are another finding.
bool is_known(const Finding& finding, const Finding& before) {
    if (before.rule != finding.rule) return false;
    if (finding.rule == Rule::PreauthenticationDisabled) return before.accounts == finding.accounts;
    if (before.text != finding.text) return false;
    if (is_told_once(finding.rule)) return true;
    return before.host == finding.host && before.last >= finding.first;
}

}  // namespace

std::vector<Finding> renew(std::vector<Finding> found, std::span<const Finding> before, Timestamp since,
                           std::span<const std::uint32_t> sessions, const Catalog& catalog) {
    std::vector<Finding> kept;
    std::ranges::copy_if(before, std::back_inserter(kept),
                         [&](const Finding& finding) { return finding.last < since; });
    std::erase_if(found, [&](const Finding& finding) {
        return finding.last < since ||
               std::ranges::any_of(kept, [&](const Finding& known) { return is_known(finding, known); });
    });
    for (Finding& finding : kept) {
        for (std::uint32_t& session : finding.sessions) session = sessions[session];
        std::erase(finding.sessions, kNobody);
    }
    found.insert(found.end(), std::make_move_iterator(kept.begin()), std::make_move_iterator(kept.end()));
    sort(found, catalog);
    return found;
}

}  // namespace spoor::findings
