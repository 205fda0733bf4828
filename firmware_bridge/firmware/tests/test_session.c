/* A host that says anything: whole frames with random contents, random bytes, the stop pressed now and then. */
#include <string.h>

#include "bytes.h"
#include "check.h"
#include "fake_port.h"
#include "frame.h"
#include "outputs.h"
#include "safety.h"
#include "schedule.h"
#include "shots.h"

static uint16_t seq;

static void say(uint8_t type, const uint8_t *payload, uint8_t length)
{
    fake_sent_bytes = 0;
    frame_send(type, seq++, payload, length);
    static uint8_t wire[LONGEST_FRAME + 2]; /* a delimiter first: noise may lie in front */
    unsigned bytes = 1 + fake_sent_bytes;
    memcpy(wire + 1, fake_sent, fake_sent_bytes);
    fake_sent_bytes = 0;
    fake_receive(wire, bytes);
    fake_turns();
}

static void invariants(void)
{
    struct schedule_counters counters = schedule_counters();
    unsigned waiting = SCHEDULE_SIZE - schedule_free(); /* those that are on count as started */
    CHECK(counters.started + counters.dropped <= shot_counters.scheduled);
    CHECK(shot_counters.scheduled <= counters.started + counters.dropped + waiting);
    CHECK(fake_outputs == 0 || safety_state() == ARMED);
    CHECK(!fake_line_may_run || safety_state() == ARMED);
    CHECK_EQUAL(outputs_on(), fake_outputs);
    CHECK_EQUAL(fake_outputs >> OUTPUTS, 0);
}

static void arm(void)
{
    uint8_t boot[4] = {0};
    say(HELLO, boot, 0);
    struct decoder decoder = {.length = 0};
    struct frame answer;
    for (unsigned n = 0; n < fake_sent_bytes; n++)
        if (frame_decode(&decoder, fake_sent[n], &answer) == GOOD_FRAME && answer.type == (HELLO | ANSWER_BIT))
            memcpy(boot, answer.payload + 3, 4);
    say(ARM, boot, 4);
}

static void say_anything(uint32_t *state)
{
    static const uint8_t lengths[] = {0, 0, 4, 0, 0, 11, 6, 0, 7, 0, 0, 29, 0};
    uint8_t payload[LONGEST_PAYLOAD], type = next_random(state) % 16;
    for (unsigned n = 0; n < sizeof payload; n++)
        payload[n] = (uint8_t)next_random(state);
    if (type > DIAGNOSE)
        type = SHOT; /* mostly these */
    if (type == SHOT && next_random(state) % 8) { /* mostly ones that may be taken */
        put_u32(payload, 1UL << next_random(state) % OUTPUTS | 1UL << next_random(state) % OUTPUTS);
        payload[4] &= 1;
        uint32_t now = payload[4] ? port_now().tick : port_now().count;
        put_u32(payload + 5, now + next_random(state) % 3000);
        put_u16(payload + 9, next_random(state) % 2000);
    }
    if (next_random(state) % 16 == 0)
        seq -= next_random(state) % 40;
    say(type, payload, next_random(state) % 32 ? lengths[type] : next_random(state) % LONGEST_PAYLOAD);
}

static void anything_a_host_says_keeps_the_rules(void)
{
    uint32_t state = 11;
    fake_power_up(0xfffffff0, 0xffffff00);
    for (unsigned round = 0; round < 30000; round++) {
        uint32_t dice = next_random(&state) % 64;
        if (dice == 0) {
            fake_stop = true;
            sorter_emergency();
            for (unsigned n = 0; n < 20; n++)
                say_anything(&state);
            invariants();
            fake_stop = false;
            fake_advance(60 * TICKS_PER_MS, 0);
        } else if (dice == 1) {
            uint8_t noise[100];
            for (unsigned n = 0; n < sizeof noise; n++)
                noise[n] = (uint8_t)next_random(&state);
            fake_receive(noise, sizeof noise);
        } else if (dice < 8) {
            arm();
        } else {
            say_anything(&state);
        }
        fake_advance(1 + next_random(&state) % 40, (int32_t)(next_random(&state) % 60) - 15);
        invariants();
    }
    arm();
    CHECK_EQUAL(safety_state(), ARMED);
    CHECK(shot_counters.scheduled > 1000);
}

static void a_start_by_the_watchdog_is_safe(void)
{
    fake_was_watchdog = true;
    fake_power_up(0, 0);
    fake_was_watchdog = false;
    CHECK_EQUAL(safety_state(), SAFE);
    CHECK_EQUAL(safety_reason(), WATCHDOG);
}

void test_session(void)
{
    anything_a_host_says_keeps_the_rules();
    a_start_by_the_watchdog_is_safe();
}
