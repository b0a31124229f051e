// What module Glibc does not import: epoll, eventfd, timerfd, signalfd, and a few variadic or macro calls.
//
// Without _GNU_SOURCE, as module Glibc was built: with it, shared types such as fd_set get other member names, and the
// two modules cannot be imported together with a third that uses them.
#pragma once
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

// prctl is variadic, which Swift cannot call; names the calling thread for `top` and the debugger.
static inline int hub_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// accept4 stands behind _GNU_SOURCE.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
static inline int hub_accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags) {
    return accept4(descriptor, address, length, flags);
}

// Processes by descriptor: module Glibc has no <sys/pidfd.h>.
#include <sys/syscall.h>
static inline int hub_pidfd_open(int process) { return (int)syscall(SYS_pidfd_open, process, 0); }
static inline int hub_pidfd_send_signal(int descriptor, int signal) {
    return (int)syscall(SYS_pidfd_send_signal, descriptor, signal, 0, 0);
}

// Two of posix_spawn's extensions stand behind _GNU_SOURCE.
#include <spawn.h>
enum { hub_spawn_new_session = 0x80 };
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
static inline int hub_spawn_close_from(posix_spawn_file_actions_t *actions, int from) {
    return posix_spawn_file_actions_addclosefrom_np(actions, from);
}

// prctl again: the signal that this process is sent when its parent thread ends.
static inline int hub_end_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }

// Asks for the first three cache lines of an object, which the caller is about to read and to write.
static inline void hub_prefetch(const void *object) {
    __builtin_prefetch(object, 1);
    __builtin_prefetch((const char *)object + 64, 1);
    __builtin_prefetch((const char *)object + 128, 1);
}

// send() without being a cancellation point: glibc's costs two atomic operations for it in a program with threads, and no
// thread here is ever cancelled.
static inline ssize_t hub_send(int descriptor, const void *bytes, size_t count, int flags) {
    return syscall(SYS_sendto, descriptor, bytes, count, flags, NULL, 0);
}

// Bounds what another process of this user may take up: address space, processor seconds; and no file of its own, not even
// a core dump, so that nothing it was given reaches a disk. module Glibc has no prlimit.
#include <stdint.h>
static inline int hub_bound_process(int process, uint64_t memory_bytes, uint64_t processor_seconds) {
    const struct { int resource; uint64_t value; } bounds[] = {
        {9 /* RLIMIT_AS */, memory_bytes}, {0 /* RLIMIT_CPU */, processor_seconds}, {1 /* RLIMIT_FSIZE */, 0},
        {4 /* RLIMIT_CORE */, 0},
    };
    for (unsigned index = 0; index < sizeof bounds / sizeof *bounds; index++) {
        const uint64_t limit[2] = {bounds[index].value, bounds[index].value};
        if (syscall(SYS_prlimit64, process, bounds[index].resource, limit, NULL) != 0) return -1;
    }
    return 0;
}
