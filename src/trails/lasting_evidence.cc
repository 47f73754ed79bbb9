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
