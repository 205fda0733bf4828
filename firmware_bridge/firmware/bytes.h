/* Little-endian numbers in payloads, and counters that wrap. */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stdint.h>

static inline uint8_t *put_u8(uint8_t *at, uint8_t value)
{
    *at = value;
    return at + 1;
}

static inline uint8_t *put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
    return at + 2;
}

static inline uint8_t *put_u32(uint8_t *at, uint32_t value)
{
    return put_u16(put_u16(at, (uint16_t)value), (uint16_t)(value >> 16));
}

static inline uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] | (uint16_t)at[1] << 8);
}

static inline uint32_t get_u32(const uint8_t *at)
{
    return get_u16(at) | (uint32_t)get_u16(at + 2) << 16;
}

/* later - earlier of two 32-bit counters that wrap; right while they are less than 2^31 apart. */
static inline int32_t from_to(uint32_t earlier, uint32_t later)
{
    return (int32_t)(later - earlier);
}

static inline bool is_reached(uint32_t now, uint32_t goal)
{
    return from_to(goal, now) >= 0;
}

#endif
