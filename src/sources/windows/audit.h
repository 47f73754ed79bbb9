// Audit subcategories: what of Windows' audit policy must be on for a Security record to be written.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace spoor::windows {

/// Who writes records of a subcategory when it is audited.
enum class AuditedOn : std::uint8_t { EveryHost, DomainControllers };

struct AuditSubcategory {
    std::string_view name;  // as auditpol.exe and the policy editor have it
    AuditedOn where;
    std::string_view event_ids;  // blank-separated, those that are met most in front
};

/// Those whose records say who did what, and that a working host is bound to write now and then.
std::span<const AuditSubcategory> audit_subcategories();

/// The subcategory that a Security record comes from; nullptr where it is none of these.
const AuditSubcategory* audit_subcategory_of(std::uint32_t event_id);

}  // namespace spoor::windows
