/* CRC-32 of zlib and IEEE 802.3. */
#ifndef CRC32_H
#define CRC32_H

#include <stdint.h>

uint32_t crc32_of(const uint8_t *bytes, uint8_t length);

#endif
