// Evidence in parts: when there is more of it than should be in memory at once, links are found for one stretch of time
// after the other. What may matter long after it happened (what was set up to run, who had which address) is then
// collected from all logs first and lent to every stretch.
#include "trails/evidence.h"

namespace spoor::trails {

bool Evidence::sets_up(Kind kind) {
    switch (kind) {
        case Kind::ServiceInstalled:
        case Kind::TaskCreated:
        case Kind::TaskUpdated:
        case Kind::WmiFilter:
        case Kind::WmiConsumer:
        case Kind::WmiBinding: return true;
        default: return false;
    }
}

bool Evidence::concerns(Kind kind) {
    switch (kind) {
        case Kind::NetworkConnection:
        case Kind::Logon:
        case Kind::ExplicitCredentials:
        case Kind::LogonFailed:
        case Kind::LogCleared:
        case Kind::TaskStarted:
        case Kind::TaskProcessCreated:
        case Kind::WinrmClient:
        case Kind::RemoteDesktopClient:
        case Kind::WinrmRequest:
        case Kind::SshMessage:
        case Kind::RemoteDesktopConnection:
        case Kind::RemoteThreadCreated:
        case Kind::PrivilegesAdjusted:
        case Kind::PrivilegeUsed:
        case Kind::ObjectOpened:
        case Kind::ObjectAccessed:
        case Kind::ObjectClosed:
        case Kind::ObjectDeleted:
        case Kind::SessionReconnected:
        case Kind::SessionDisconnected:
        case Kind::WorkstationUnlocked:
        case Kind::WorkstationLocked:
        case Kind::TerminalTakenOver:
        case Kind::TgtRequested:
        case Kind::ServiceTicketRequested:
        case Kind::TicketRenewed:
        case Kind::PreauthenticationFailed:
        case Kind::CredentialsValidated:
        case Kind::ShareAccessed:
        case Kind::ShareFileAccessed:
        case Kind::ProcessCreated:
        case Kind::FileCreated:
        case Kind::FileRenamed:
        case Kind::FileDeleted: return true;
        default: return sets_up(kind);
    }
}

void Evidence::forget_passing() {
    Evidence lasting(*catalog_);
    lasting.services = std::move(services);
    lasting.tasks = std::move(tasks);
    lasting.wmi_subscriptions = std::move(wmi_subscriptions);
    lasting.addresses = std::move(addresses);
    lasting.address_by_key_ = std::move(address_by_key_);
    lasting.texts_ = std::move(texts_);
    *this = std::move(lasting);
}

void Evidence::add_lasting(const Evidence& other) {
    const auto add = [this](auto& rows, const auto& others, auto... texts) {
        for (auto row : others) {
            ((row.*texts = keep(row.*texts)), ...);
            rows.push_back(row);
        }
    };
    add(services, other.services, &ServiceInstall::name, &ServiceInstall::command);
    for (ServiceInstall& row : services) row.client.image = keep(row.client.image);
    add(tasks, other.tasks, &TaskChange::name, &TaskChange::command, &TaskChange::user);
    add(wmi_subscriptions, other.wmi_subscriptions, &WmiSubscription::user, &WmiSubscription::name,
        &WmiSubscription::command);
    addresses.insert(addresses.end(), other.addresses.begin(), other.addresses.end());
}

}  // namespace spoor::trails
