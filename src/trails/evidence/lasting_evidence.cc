// Evidence in parts: when there is more of it than should be in memory at once, links are found for one stretch of time
// after the other. What may matter long after it happened (what was set up to run, who had which address) is then
// collected from all logs first and lent to every stretch.
#include "trails/evidence/evidence.h"

namespace spoor::trails {

bool Evidence::sets_up(Kind kind) {
    switch (kind) {
        case Kind::ServiceInstalled:
        case Kind::RegistryValueSet:
        case Kind::TaskCreated:
        case Kind::TaskUpdated:
        case Kind::WmiFilter:
        case Kind::WmiConsumer:
        case Kind::WmiBinding:
        // Only in places where cron, at and systemd look for work are files evidence.
        case Kind::FileCreated:
        case Kind::FileRenamed:
        case Kind::FileDeleted: return true;
        default: return false;
    }
}

void Evidence::forget_passing() {
    Evidence lasting(*catalog_);
    lasting.services = std::move(services);
    lasting.tasks = std::move(tasks);
    lasting.wmi_subscriptions = std::move(wmi_subscriptions);
    lasting.job_files = std::move(job_files);
    lasting.addresses = std::move(addresses);
    lasting.address_by_key_ = std::move(address_by_key_);
    lasting.texts_ = std::move(texts_);
    *this = std::move(lasting);
}

void Evidence::add_lasting(const Evidence& other, const std::set<HostId>& except) {
    const auto add = [&](auto& rows, const auto& others, auto own_texts) {
        for (auto row : others) {
            if (except.contains(row.event.host)) continue;
            own_texts(row);
            rows.push_back(row);
        }
    };
    const auto own = [this](std::string_view& text) { text = keep(text); };
    add(services, other.services, [&](ServiceInstall& row) {
        own(row.user);
        own(row.name);
        own(row.command);
        own(row.client.image);
    });
    add(tasks, other.tasks, [&](TaskChange& row) {
        own(row.name);
        own(row.command);
        own(row.user);
        own(row.client.image);
    });
    add(wmi_subscriptions, other.wmi_subscriptions, [&](WmiSubscription& row) {
        own(row.user);
        own(row.name);
        own(row.command);
    });
    add(job_files, other.job_files, [&](JobFile& row) {
        own(row.process.image);
        own(row.path);
    });
    addresses.insert(addresses.end(), other.addresses.begin(), other.addresses.end());
}

}  // namespace spoor::trails
