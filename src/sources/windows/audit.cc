#include "sources/windows/audit.h"

#include <charconv>
#include <unordered_map>

namespace spoor::windows {
namespace {

// clang-format off
constexpr AuditSubcategory kSubcategories[] = {
    {"Logon", AuditedOn::EveryHost, "4624 4625 4648 4675"},
    {"Logoff", AuditedOn::EveryHost, "4634 4647"},
    {"Special Logon", AuditedOn::EveryHost, "4672 4964"},
    {"Process Creation", AuditedOn::EveryHost, "4688 4696"},
    {"Process Termination", AuditedOn::EveryHost, "4689"},
    {"Group Membership", AuditedOn::EveryHost, "4627"},
    {"Token Right Adjusted", AuditedOn::EveryHost, "4703"},
    {"Sensitive Privilege Use", AuditedOn::EveryHost, "4673 4674"},
    {"File Share", AuditedOn::EveryHost, "5140 5142 5143 5144"},
    {"Detailed File Share", AuditedOn::EveryHost, "5145"},
    {"Handle Manipulation", AuditedOn::EveryHost, "4656 4658 4690"},
    {"Filtering Platform Connection", AuditedOn::EveryHost, "5156 5157 5154 5158"},
    {"Credential Validation", AuditedOn::DomainControllers, "4776 4774 4775 4777"},
    {"Kerberos Authentication Service", AuditedOn::DomainControllers, "4768 4771 4772"},
    {"Kerberos Service Ticket Operations", AuditedOn::DomainControllers, "4769 4770 4773"},
    {"Directory Service Access", AuditedOn::DomainControllers, "4662"},
    {"Directory Service Changes", AuditedOn::DomainControllers, "5136 5137 5138 5139 5141"},
};
// clang-format on

std::unordered_map<std::uint32_t, const AuditSubcategory*> by_event_id() {
    std::unordered_map<std::uint32_t, const AuditSubcategory*> all;
    for (const AuditSubcategory& subcategory : kSubcategories) {
        std::string_view rest = subcategory.event_ids;
        while (!rest.empty()) {
            std::uint32_t id = 0;
            const auto [end, errc] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
            if (errc == std::errc{}) all.emplace(id, &subcategory);
            rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
            if (!rest.empty()) rest.remove_prefix(1);
        }
    }
    return all;
}

}  // namespace

std::span<const AuditSubcategory> audit_subcategories() { return kSubcategories; }

const AuditSubcategory* audit_subcategory_of(std::uint32_t event_id) {
    static const auto kByEventId = by_event_id();
    const auto found = kByEventId.find(event_id);
    return found == kByEventId.end() ? nullptr : found->second;
}

}  // namespace spoor::windows
