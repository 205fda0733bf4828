/* Frames: COBS, head and CRC-32, to and from the serial line. */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct frame {
    uint8_t version;
    uint8_t type;
    uint16_t seq;
    const uint8_t *payload; /* lies in the decoder: gone with the next byte it takes */
    uint8_t length;
};

struct decoder {
    uint8_t body[LONGEST_BODY];
    uint8_t length;   /* of the body so far */
    uint8_t left;     /* bytes that the present block still lacks */
    bool has_begun;   /* a byte has come since the last delimiter */
    bool is_broken;
};

enum decoded { NOTHING_YET, GOOD_FRAME, BAD_FRAME };

/* Take a byte; where it ends a good frame, fill `frame`. In step again after any delimiter. */
enum decoded frame_decode(struct decoder *decoder, uint8_t byte, struct frame *frame);

/* Bytes that frame_send writes for a payload of this length. */
#define FRAME_ROOM(length) (HEAD_BYTES + (length) + CRC_BYTES + 2)

void frame_send(uint8_t type, uint16_t seq, const uint8_t *payload, uint8_t length);

#endif
