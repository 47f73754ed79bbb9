#include "match/predicate.h"

#include <gtest/gtest.h>

namespace spoor::match {
namespace {

Expr equal(FieldRef field, Value value) {
    return leaf({.field = std::move(field), .op = Op::Equal, .arguments = {std::move(value)}});
}
Expr id(std::uint64_t number) { return equal(FieldRef::of(HeaderProperty::EventId), number); }
Expr image(std::string text) { return equal(FieldRef::of("Image"_field), std::move(text)); }

TEST(Expr, ConstantsVanish) {
    EXPECT_EQ(all_of({always(), id(1), always()}), id(1));
    EXPECT_EQ(all_of({id(1), never()}), never());
    EXPECT_EQ(any_of({never(), id(1)}), id(1));
    EXPECT_EQ(any_of({id(1), always()}), always());
    EXPECT_EQ(all_of({}), always());
    EXPECT_EQ(any_of({}), never());
    EXPECT_EQ(negation(always()), never());
    EXPECT_EQ(at_least(2, {always(), id(1), image("a")}), any_of({id(1), image("a")}));
    EXPECT_EQ(at_least(3, {id(1), id(2)}), never());
}

TEST(Expr, NestsNoDeeperThanItMustBe) {
    EXPECT_EQ(negation(negation(id(1))), id(1));
    EXPECT_EQ(all_of({all_of({id(1), image("a")}), image("b")}).children.size(), 3u);
    EXPECT_EQ(any_of({any_of({id(1), image("a")}), image("b")}).children.size(), 2u);
}

TEST(Expr, EqualitiesOnOneFieldAreOneSet) {
    const Expr set = any_of({id(4625), image("a"), id(4624), id(4625)});
    ASSERT_EQ(set.children.size(), 2u);
    EXPECT_EQ(set.children[0].leaf.op, Op::In);
    EXPECT_EQ(set.children[0].leaf.arguments, (std::vector<Value>{std::uint64_t{4624}, std::uint64_t{4625}}));
    EXPECT_EQ(any_of({id(1), id(1)}), id(1));
    // A text and a number on one field are two questions.
    EXPECT_EQ(any_of({id(1), equal(FieldRef::of(HeaderProperty::EventId), "-")}).children.size(), 2u);
}

TEST(Network, HoldsWhatItsBitsSay) {
    const auto ten = Network::parse("10.1.2.3/8").value();
    EXPECT_EQ(ten.to_string(), "10.0.0.0/8");
    EXPECT_TRUE(ten.contains(IpAddress::parse("10.255.0.1").value()));
    EXPECT_TRUE(ten.contains(IpAddress::parse("::ffff:10.0.0.1").value()));
    EXPECT_FALSE(ten.contains(IpAddress::parse("11.0.0.1").value()));
    EXPECT_FALSE(ten.contains(IpAddress::parse("::1").value()));
    EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains(IpAddress::parse("1.2.3.4").value()));
    EXPECT_TRUE(Network::parse("fe80::/10")->contains(IpAddress::parse("febf::1").value()));
    EXPECT_FALSE(Network::parse("fe80::/10")->contains(IpAddress::parse("fec0::1").value()));
    EXPECT_TRUE(Network::parse("192.168.1.77/31")->contains(IpAddress::parse("192.168.1.76").value()));
}

TEST(Network, RefusesWhatIsNotOne) {
    for (const char* text : {"", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "::/129", "x/8", "10.0.0.0/-1", "10.0.0.0/8 "})
        EXPECT_FALSE(Network::parse(text)) << text;
}

TEST(Properties, EveryLineHasAMeaningAndANameOfItsOwn) {
    for (const auto properties : {header_properties(), session_properties(), process_properties()}) {
        for (const Property& property : properties) {
            EXPECT_FALSE(property.meaning.empty()) << property.name;
            EXPECT_EQ(property.type == Type::Choice, property.vocabulary != Vocabulary::None) << property.name;
            for (const Property& other : properties)
                EXPECT_TRUE(&other == &property || other.name != property.name) << property.name;
        }
    }
}

TEST(Properties, AccountIsPutTogether) {
    Catalog catalog;
    Session session;
    std::string scratch;
    EXPECT_EQ(read(session, SessionProperty::Account, catalog, scratch).type, ValueType::Null);
    session.user = {Sid(), "CORP", "jimmy"};
    EXPECT_EQ(read(session, SessionProperty::Account, catalog, scratch).text(), "CORP\\jimmy");
    session.user.domain = {};
    EXPECT_EQ(read(session, SessionProperty::Account, catalog, scratch).text(), "jimmy");
}

TEST(Properties, DurationGoesByWhatIsKnown) {
    Catalog catalog;
    Session session;
    std::string scratch;
    const auto duration = [&] { return read(session, SessionProperty::Duration, catalog, scratch); };
    EXPECT_EQ(duration().type, ValueType::Null);
    session.first_seen = Timestamp::from_unix_seconds(100);
    session.last_seen = Timestamp::from_unix_seconds(160);
    EXPECT_EQ(duration().signed_number, Duration::seconds(60).nanoseconds);
    session.start = Timestamp::from_unix_seconds(90);
    EXPECT_EQ(duration().signed_number, Duration::seconds(70).nanoseconds);
    session.end = Timestamp::from_unix_seconds(80);
    EXPECT_EQ(duration().type, ValueType::Null);
}

TEST(Properties, AParentThatIsOnlyNamedByItsChildHasItsNumberAndImage) {
    Catalog catalog;
    History history;
    Process child;
    child.parent_pid = 77;
    child.parent_image = "C:\\Windows\\explorer.exe";
    EXPECT_EQ(read_parent(child, history, ProcessProperty::Pid, catalog).number, 77u);
    EXPECT_EQ(read_parent(child, history, ProcessProperty::Name, catalog).text(), "explorer.exe");
    EXPECT_EQ(read_parent(child, history, ProcessProperty::CommandLine, catalog).type, ValueType::Null);
    history.processes.emplace_back().pid = 5;
    history.processes.front().image = "/usr/bin/bash";
    child.parent = 0;
    EXPECT_EQ(read_parent(child, history, ProcessProperty::Pid, catalog).number, 5u);
    EXPECT_EQ(read_parent(child, history, ProcessProperty::Name, catalog).text(), "bash");
}

}  // namespace
}  // namespace spoor::match
