#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace spoor {

std::unexpected<Error> fail_errno(std::string_view doing) {
    const int number = errno;
    Errc code = Errc::Io;
    if (number == EACCES || number == EPERM) code = Errc::Denied;
    if (number == ENOENT || number == ENOTDIR) code = Errc::NotFound;
    if (number == ENOSPC || number == EDQUOT) code = Errc::Full;
    if (number == EBUSY || number == EAGAIN) code = Errc::Busy;
    char buffer[128];
    return fail(code, std::string(doing) + ": " + strerror_r(number, buffer, sizeof buffer));
}

}  // namespace spoor
