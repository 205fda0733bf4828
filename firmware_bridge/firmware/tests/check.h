/* The little that a test needs. */
#ifndef CHECK_H
#define CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(truth) check(truth, #truth, __FILE__, __LINE__)
#define CHECK_EQUAL(is, should) check_equal((long long)(is), (long long)(should), #is, __FILE__, __LINE__)

static inline void check(int truth, const char *text, const char *file, int line)
{
    if (truth)
        return;
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
    exit(1);
}

static inline void check_equal(long long is, long long should, const char *text, const char *file, int line)
{
    if (is == should)
        return;
    fprintf(stderr, "%s:%d: %s is %lld, should be %lld\n", file, line, text, is, should);
    exit(1);
}

/* The same numbers at every run: xorshift32. */
static inline uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

void test_frames(void);
void test_eeprom(void);
void test_schedule(void);
void test_session(void);

#endif
