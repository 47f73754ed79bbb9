#include "sources/linux/audit/logon_event.h"

#include "sources/linux/audit/words.h"

namespace spoor::sensor {

void begin_logon(Batch& batch, const LoggedOn& logon) {
    batch.begin();
    batch.add_text("TargetUserName"_field, logon.user);
    batch.add_number("TargetLogonId"_field, logon.session);
    batch.add_number("LogonId"_field, logon.session);
    batch.add_number("LoginUid"_field, logon.login_uid);
    batch.add_number("LogonType"_field, logon_type(logon.service, logon.has_terminal));
    batch.add_text("LogonProcessName"_field, logon.service);
}

}  // namespace spoor::sensor
