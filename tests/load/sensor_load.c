// sensor_load: the loads that bench/sensor puts on a machine. Each prints how many operations a second it did.
//
//     sensor_load exec|connect|files|getpid COUNT
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char** environ;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void exec_once(const char* self) {
    char* const arguments[] = {(char*)self, "exit", "0", NULL};
    pid_t child = 0;
    if (posix_spawn(&child, self, NULL, NULL, arguments, environ) != 0) abort();
    waitpid(child, NULL, 0);
}

static void connect_once(int server, const struct sockaddr_in* address) {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    const struct linger at_once = {1, 0};  // no connection is left waiting
    setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (connect(client, (const struct sockaddr*)address, sizeof *address) != 0) abort();
    const int accepted = accept(server, NULL, NULL);
    close(client);
    close(accepted);
}

static void file_once(const char* name) {
    close(open(name, O_CREAT | O_WRONLY, 0600));
    unlink(name);
}

int main(int count, char** words) {
    if (count != 3) return 2;
    const long rounds = atol(words[2]);
    if (strcmp(words[1], "exit") == 0) return 0;
    char self[4096] = {0};
    if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0) return 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    const int server = socket(AF_INET, SOCK_STREAM, 0);
    bind(server, (struct sockaddr*)&address, sizeof address);
    listen(server, 16);
    getsockname(server, (struct sockaddr*)&address, &size);
    char name[64];
    snprintf(name, sizeof name, "/tmp/sensor-load-%d", (int)getpid());
    const double begin = now();
    for (long i = 0; i < rounds; ++i) {
        if (strcmp(words[1], "exec") == 0)
            exec_once(self);
        else if (strcmp(words[1], "connect") == 0)
            connect_once(server, &address);
        else if (strcmp(words[1], "files") == 0)
            file_once(name);
        else
            syscall(SYS_getpid);
    }
    printf("%f\n", (double)rounds / (now() - begin));
    return 0;
}
