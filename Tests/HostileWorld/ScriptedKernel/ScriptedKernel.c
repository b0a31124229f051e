#include "ScriptedKernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

static _Thread_local const scripted_kernel *script;

void scripted_kernel_install(const scripted_kernel *kernel) { script = kernel; }

static long answer(long result) {
    if (result >= 0) return result;
    errno = (int)-result;
    return -1;
}

ssize_t __real_recv(int descriptor, void *bytes, size_t count, int flags);
ssize_t __wrap_recv(int descriptor, void *bytes, size_t count, int flags) {
    long result = script ? script->receive(script->kernel, descriptor, bytes, count) : scripted_not_ours;
    return result == scripted_not_ours ? __real_recv(descriptor, bytes, count, flags) : answer(result);
}

ssize_t __real_send(int descriptor, const void *bytes, size_t count, int flags);
ssize_t __wrap_send(int descriptor, const void *bytes, size_t count, int flags) {
    long result = script ? script->send(script->kernel, descriptor, bytes, count) : scripted_not_ours;
    return result == scripted_not_ours ? __real_send(descriptor, bytes, count, flags) : answer(result);
}

// Piece by piece; what was taken before a failure counts, as in the kernel.
static long send_all(int descriptor, const struct iovec *pieces, size_t count) {
    long sent = 0;
    for (size_t index = 0; index < count; index++) {
        if (pieces[index].iov_len == 0) continue;
        long result = script->send(script->kernel, descriptor, pieces[index].iov_base, pieces[index].iov_len);
        if (result < 0) return sent > 0 ? sent : result;
        sent += result;
        if ((size_t)result < pieces[index].iov_len) break;
    }
    return sent;
}

ssize_t __real_sendmsg(int descriptor, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int descriptor, const struct msghdr *message, int flags) {
    long result = script ? send_all(descriptor, message->msg_iov, message->msg_iovlen) : scripted_not_ours;
    return result == scripted_not_ours ? __real_sendmsg(descriptor, message, flags) : answer(result);
}

ssize_t __real_writev(int descriptor, const struct iovec *pieces, int count);
ssize_t __wrap_writev(int descriptor, const struct iovec *pieces, int count) {
    long result = script ? send_all(descriptor, pieces, (size_t)count) : scripted_not_ours;
    return result == scripted_not_ours ? __real_writev(descriptor, pieces, count) : answer(result);
}

int __real_accept4(int listener, struct sockaddr *address, socklen_t *length, int flags);
int __wrap_accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    struct sockaddr_in peer = {.sin_family = AF_INET};
    long result = scripted_not_ours;
    if (script) result = script->accept(script->kernel, listener, &peer.sin_addr.s_addr, &peer.sin_port);
    if (result == scripted_not_ours) return __real_accept4(listener, address, length, flags);
    if (result >= 0) {
        memcpy(address, &peer, sizeof peer);
        *length = sizeof peer;
    }
    return (int)answer(result);
}

int __real_close(int descriptor);
int __wrap_close(int descriptor) {
    long result = script ? script->close(script->kernel, descriptor) : scripted_not_ours;
    return result == scripted_not_ours ? __real_close(descriptor) : (int)answer(result);
}

int __real_shutdown(int descriptor, int how);
int __wrap_shutdown(int descriptor, int how) {
    long result = script ? script->shut_down(script->kernel, descriptor, how) : scripted_not_ours;
    return result == scripted_not_ours ? __real_shutdown(descriptor, how) : (int)answer(result);
}

int __real_setsockopt(int descriptor, int level, int name, const void *value, socklen_t length);
int __wrap_setsockopt(int descriptor, int level, int name, const void *value, socklen_t length) {
    long result = script ? script->set_option(script->kernel, descriptor) : scripted_not_ours;
    return result == scripted_not_ours ? __real_setsockopt(descriptor, level, name, value, length)
                                       : (int)answer(result);
}

int __real_epoll_ctl(int set, int operation, int descriptor, struct epoll_event *event);
int __wrap_epoll_ctl(int set, int operation, int descriptor, struct epoll_event *event) {
    long result = scripted_not_ours;
    if (script) {
        result = script->control(
            script->kernel, operation, descriptor, event ? event->events : 0, event ? event->data.u64 : 0);
    }
    return result == scripted_not_ours ? __real_epoll_ctl(set, operation, descriptor, event) : (int)answer(result);
}

int __real_epoll_wait(int set, struct epoll_event *events, int capacity, int milliseconds);
int __wrap_epoll_wait(int set, struct epoll_event *events, int capacity, int milliseconds) {
    if (!script) return __real_epoll_wait(set, events, capacity, milliseconds);
    scripted_event ready[64];
    long result = script->wait(script->kernel, ready, capacity < 64 ? capacity : 64, milliseconds);
    for (long index = 0; index < result; index++) {
        events[index].events = ready[index].events;
        events[index].data.u64 = ready[index].token;
    }
    return (int)answer(result);
}

int __real_clock_gettime(clockid_t clock, struct timespec *time);
int __wrap_clock_gettime(clockid_t clock, struct timespec *time) {
    if (!script || (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME)) return __real_clock_gettime(clock, time);
    uint64_t now = script->nanoseconds(script->kernel, clock == CLOCK_REALTIME);
    time->tv_sec = (time_t)(now / 1000000000u);
    time->tv_nsec = (long)(now % 1000000000u);
    return 0;
}

// A loop that is scripted has no io_uring, as under many containers' seccomp rules.
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...) {
#ifdef SYS_io_uring_setup
    if (script && number == SYS_io_uring_setup) return answer(-ENOSYS);
#endif
    va_list list;
    va_start(list, number);
    long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
    long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
    va_end(list);
    // The hub's own way past glibc's send().
    if (script && number == SYS_sendto && !e) return __wrap_send((int)a, (const void *)b, (size_t)c, (int)d);
    return __real_syscall(number, a, b, c, d, e, f);
}
