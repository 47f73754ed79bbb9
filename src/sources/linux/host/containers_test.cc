#include "sources/linux/host/containers.h"

#include <gtest/gtest.h>

namespace spoor::sensor {
namespace {

TEST(Containers, KnowsAnIdWhereverAnEnginePutsIt) {
    const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    EXPECT_EQ(container_in("/docker/" + id), id);
    EXPECT_EQ(container_in("/system.slice/docker-" + id + ".scope"), id);
    EXPECT_EQ(container_in("/machine.slice/libpod-" + id + ".scope/container"), id);
    EXPECT_EQ(container_in("/kubepods.slice/kubepods-pod1.slice/cri-containerd-" + id + ".scope"), id);
    EXPECT_EQ(container_in("/lxc.payload.outer/docker/" + id), id) << "the innermost";
}

TEST(Containers, KnowsTheNamesThatOthersHaveInsteadOfIds) {
    EXPECT_EQ(container_in("/lxc.payload.web/system.slice/cron.service"), "web");
    EXPECT_EQ(container_in(R"(/machine.slice/machine-web\x2d1.scope/payload)"), "web-1");
    EXPECT_EQ(container_in("/machine.slice/systemd-nspawn@web.service/payload"), "web");
}

TEST(Containers, TakesNothingElseForOne) {
    for (const char* const path :
         {"", "/", "/system.slice/ssh.service", "/user.slice/user-1000.slice/session-3.scope", "/lxc.payload.",
          R"(/machine.slice/machine-qemu\x2d1\x2dwindows.scope/libvirt)", "/machine-.scope", "/docker/0123456789abcdef",
          "/x/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0"})
        EXPECT_EQ(container_in(path), "") << path;
    EXPECT_EQ(container_in(R"(/machine-a\x.scope)"), R"(a\x)");
}

}  // namespace
}  // namespace spoor::sensor
