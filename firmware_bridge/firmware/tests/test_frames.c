/* The decoder: golden bytes, damage of every byte, and a bounded fuzz. */
#include <string.h>

#include "check.h"
#include "crc32.h"
#include "fake_port.h"
#include "frame.h"

static const uint8_t golden_shot[] = {0x06, 0x01, 0x05, 0x04, 0x10, 0x08, 0x01, 0x01, 0x01, 0x03, 0xdc,
                                      0x05, 0x01, 0x02, 0x78, 0x05, 0x97, 0x70, 0x13, 0xd6, 0x00};

static struct decoder decoder;
static struct frame frame;

static enum decoded feed(const uint8_t *bytes, unsigned length)
{
    enum decoded last = NOTHING_YET;
    for (unsigned n = 0; n < length; n++)
        last = frame_decode(&decoder, bytes[n], &frame);
    return last;
}

static void golden_bytes_are_read(void)
{
    static const uint8_t payload[11] = {8, 0, 0, 0, 0, 0xdc, 5, 0, 0, 0x78, 0};
    CHECK_EQUAL(feed(golden_shot, sizeof golden_shot), GOOD_FRAME);
    CHECK_EQUAL(frame.type, SHOT);
    CHECK_EQUAL(frame.seq, 0x1004);
    CHECK_EQUAL(frame.length, sizeof payload);
    CHECK_EQUAL(memcmp(frame.payload, payload, sizeof payload), 0);
}

static void golden_bytes_are_sent(void)
{
    static const uint8_t payload[11] = {8, 0, 0, 0, 0, 0xdc, 5, 0, 0, 0x78, 0};
    fake_sent_bytes = 0;
    frame_send(SHOT, 0x1004, payload, sizeof payload);
    CHECK_EQUAL(fake_sent_bytes, sizeof golden_shot);
    CHECK_EQUAL(memcmp(fake_sent, golden_shot, sizeof golden_shot), 0);
}

static void crc_is_that_of_the_page(void)
{
    CHECK_EQUAL(crc32_of((const uint8_t *)"123456789", 9), 0xCBF43926);
}

/* Every single byte damaged in every way is noticed; behind the next delimiter it is in step again. */
static void damage_of_any_byte_is_noticed(void)
{
    for (unsigned at = 0; at < sizeof golden_shot; at++) {
        for (unsigned flip = 1; flip < 256; flip++) {
            uint8_t damaged[sizeof golden_shot];
            memcpy(damaged, golden_shot, sizeof damaged);
            damaged[at] ^= (uint8_t)flip;
            bool was_good = false;
            for (unsigned n = 0; n < sizeof damaged; n++)
                was_good |= frame_decode(&decoder, damaged[n], &frame) == GOOD_FRAME;
            CHECK(!was_good);
            frame_decode(&decoder, 0, &frame);
            CHECK_EQUAL(feed(golden_shot, sizeof golden_shot), GOOD_FRAME);
        }
    }
}

static void every_length_goes_there_and_back(void)
{
    uint8_t payload[LONGEST_PAYLOAD];
    for (unsigned fill = 0; fill < 3; fill++) {
        for (uint8_t length = 0; length <= LONGEST_PAYLOAD; length++) {
            for (uint8_t n = 0; n < length; n++)
                payload[n] = fill == 0 ? 0 : fill == 1 ? 0xff : n % 3;
            fake_sent_bytes = 0;
            frame_send(HEARTBEAT, 0x0100, payload, length);
            CHECK((int)fake_sent_bytes <= FRAME_ROOM(length));
            CHECK_EQUAL(feed(fake_sent, fake_sent_bytes), GOOD_FRAME);
            CHECK_EQUAL(frame.length, length);
            CHECK_EQUAL(memcmp(frame.payload, payload, length), 0);
        }
    }
}

static void any_bytes_end_with_the_next_delimiter(void)
{
    uint32_t state = 1;
    for (unsigned round = 0; round < 40000; round++) {
        unsigned length = next_random(&state) % 120;
        uint32_t kind = next_random(&state) % 3;
        for (unsigned n = 0; n < length; n++) {
            uint8_t byte = (uint8_t)next_random(&state);
            frame_decode(&decoder, kind == 0 ? byte : kind == 1 ? byte % 4 : byte % 80 + 1, &frame);
            CHECK(decoder.length <= LONGEST_BODY);
        }
        CHECK(frame_decode(&decoder, 0, &frame) != GOOD_FRAME);
        CHECK_EQUAL(feed(golden_shot, sizeof golden_shot), GOOD_FRAME);
    }
}

void test_frames(void)
{
    crc_is_that_of_the_page();
    golden_bytes_are_read();
    golden_bytes_are_sent();
    damage_of_any_byte_is_noticed();
    every_length_goes_there_and_back();
    any_bytes_end_with_the_next_delimiter();
}
