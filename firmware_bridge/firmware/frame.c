#include "frame.h"

#include <string.h>

#include "bytes.h"
#include "crc32.h"
#include "port.h"

static void append(struct decoder *decoder, uint8_t byte)
{
    if (decoder->length < LONGEST_BODY)
        decoder->body[decoder->length++] = byte;
    else
        decoder->is_broken = true;
}

static void take_stuffed(struct decoder *decoder, uint8_t byte)
{
    if (decoder->left) {
        decoder->left--;
        append(decoder, byte);
        return;
    }
    if (decoder->has_begun)
        append(decoder, 0); /* the zero between two blocks */
    decoder->has_begun = true;
    decoder->left = byte - 1;
    if (byte > LONGEST_FRAME)
        decoder->is_broken = true; /* reaches beyond any frame */
}

static enum decoded finish(struct decoder *decoder, struct frame *frame)
{
    if (decoder->is_broken || decoder->left || decoder->length < HEAD_BYTES + CRC_BYTES)
        return BAD_FRAME;
    uint8_t content = decoder->length - CRC_BYTES;
    if (crc32_of(decoder->body, content) != get_u32(decoder->body + content))
        return BAD_FRAME;
    frame->version = decoder->body[0];
    frame->type = decoder->body[1];
    frame->seq = get_u16(decoder->body + 2);
    frame->payload = decoder->body + HEAD_BYTES;
    frame->length = content - HEAD_BYTES;
    return GOOD_FRAME;
}

enum decoded frame_decode(struct decoder *decoder, uint8_t byte, struct frame *frame)
{
    if (byte) {
        if (!decoder->is_broken)
            take_stuffed(decoder, byte);
        return NOTHING_YET;
    }
    enum decoded decoded = decoder->has_begun ? finish(decoder, frame) : NOTHING_YET;
    decoder->length = decoder->left = 0;
    decoder->has_begun = decoder->is_broken = false;
    return decoded;
}

static void write_stuffed(const uint8_t *body, uint8_t length)
{
    uint8_t at = 0;
    for (;;) {
        uint8_t end = at;
        while (end < length && body[end])
            end++;
        port_write_byte(end - at + 1);
        while (at < end)
            port_write_byte(body[at++]);
        if (at++ == length)
            break;
    }
    port_write_byte(0);
}

void frame_send(uint8_t type, uint16_t seq, const uint8_t *payload, uint8_t length)
{
    uint8_t body[LONGEST_BODY];
    uint8_t *at = put_u16(put_u8(put_u8(body, PROTOCOL_VERSION), type), seq);
    memcpy(at, payload, length);
    at += length;
    at = put_u32(at, crc32_of(body, (uint8_t)(at - body)));
    write_stuffed(body, (uint8_t)(at - body));
}
