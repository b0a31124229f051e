#pragma once
#include <stddef.h>
#include <stdint.h>

// libFuzzer's own main, without the symbol main: it calls back with each input until it is told to stop.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
