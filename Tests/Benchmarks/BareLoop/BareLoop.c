#define _GNU_SOURCE
#include "BareLoop.h"

#include <errno.h>
#include <malloc.h>
#include <sys/socket.h>
#include <time.h>

static uint64_t read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t bare_loop_thread_time(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

static int send_to_all(const int *sockets, size_t count, const uint8_t *frame, size_t length) {
    for (size_t index = 0; index < count; index++) {
        if (send(sockets[index], frame, length, MSG_NOSIGNAL) != (ssize_t)length) return 0;
    }
    return 1;
}

uint64_t bare_loop_run(
    const int *sockets, size_t count, const uint8_t *frames, size_t length, size_t rounds, uint64_t interval,
    uint64_t *starts) {
    uint64_t begin = bare_loop_thread_time();
    uint64_t next = read_clock(CLOCK_MONOTONIC);
    for (size_t round = 0; round < rounds; round++) {
        next += interval;
        struct timespec wake = {(time_t)(next / 1000000000u), (long)(next % 1000000000u)};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL) == EINTR) {}
        starts[round] = read_clock(CLOCK_MONOTONIC);
        if (!send_to_all(sockets, count, frames + round * length, length)) return UINT64_MAX;
    }
    return bare_loop_thread_time() - begin;
}

size_t bare_loop_heap_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void bare_loop_counted(void (*body)(void *), void *context) { body(context); }
