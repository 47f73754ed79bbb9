#include "sources/json/message.h"

#include <gtest/gtest.h>

namespace spoor::json {
namespace {

std::string_view value_of(const windows::Record& record, std::string_view name) {
    for (const windows::RecordValue& value : record.data)
        if (value.name == name) return value.text;
    return {};
}

TEST(Messages, OfWmiSayWhoAskedAndWhereItsProvidersRun) {
    windows::Record record;
    record.provider = "Microsoft-Windows-WMI-Activity";
    record.event_id = 5858;
    record.message =
        "Id = {B12486BC}; ClientMachine = WS07; User = CORP\\brian; ClientProcessId = 720; Component = Unknown; "
        "Operation = Start IWbemServices::ExecQuery - root\\cimv2 : select * from X where User = 'y'; ResultCode = 0x0";
    recover_from_message(record);
    EXPECT_EQ(value_of(record, "ClientMachine"), "WS07");
    EXPECT_EQ(value_of(record, "User"), "CORP\\brian");
    EXPECT_EQ(value_of(record, "ClientProcessId"), "720");
    EXPECT_EQ(value_of(record, "Operation"), "");

    windows::Record started;
    started.provider = record.provider;
    started.event_id = 5857;
    started.message =
        "CIMWin32 provider started with result code 0x0. HostProcess = wmiprvse.exe; ProcessID = 3404; "
        "ProviderPath = %systemroot%\\system32\\wbem\\cimwin32.dll";
    recover_from_message(started);
    EXPECT_EQ(value_of(started, "HostProcess"), "wmiprvse.exe");
    EXPECT_EQ(value_of(started, "ProcessID"), "3404");
}

TEST(Messages, ThatAreCutAnywhereAreRead) {
    constexpr std::string_view kMessage = " = ; ClientMachine = WS07; User = ";
    for (std::size_t length = 0; length <= kMessage.size(); ++length) {
        windows::Record record;
        record.provider = "Microsoft-Windows-WMI-Activity";
        record.event_id = 5860;
        record.message = kMessage.substr(0, length);
        recover_from_message(record);
        EXPECT_LE(record.data.size(), 1u);
    }
}

}  // namespace
}  // namespace spoor::json
