// CHECK(condition): aborts in every build when an invariant of ours does not hold whose breach
// could corrupt data.  Never for anything that a peer can cause.

#pragma once

#include <cstdio>
#include <cstdlib>

#define CHECK(condition)                                                                       \
    do {                                                                                       \
        if (!(condition)) [[unlikely]] {                                                       \
            std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                      \
        }                                                                                      \
    } while (false)
