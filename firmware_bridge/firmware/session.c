#include "session.h"

#include <stddef.h>

#include "outputs.h"
#include "answers.h"
#include "bytes.h"
#include "config.h"
#include "port.h"
#include "reports.h"
#include "safety.h"
#include "shots.h"
#include "triggers.h"

static struct decoder decoder;
static struct frame frame;
static bool has_frame; /* read, but not yet obeyed: it waits for room to answer */
static uint32_t boot_id;
static uint32_t bad_frames;

/* Length of the payload of each request; the decoder's user drops all others. */
static const FLASH uint8_t payload_bytes[LAST_REQUEST + 1] = {
    [HELLO] = 0, [ARM] = 4, [DISARM] = 0, [HEARTBEAT] = 0, [SHOT] = 11, [TRIGGER_START] = 6, [TRIGGER_STOP] = 0,
    [TRIGGER_RESEND] = 7, [TIME] = 0, [CONFIG_READ] = 0, [CONFIG_WRITE] = CONFIG_BYTES, [DIAGNOSE] = 0,
};

void session_start(uint32_t id)
{
    boot_id = id;
    decoder = (struct decoder){.length = 0};
    has_frame = false;
    bad_frames = 0;
    answers_start();
    reports_start();
}

static bool is_ours(const struct frame *one)
{
    if (one->type < HELLO || one->type > LAST_REQUEST || one->length != payload_bytes[one->type])
        return false;
    if (one->type == SHOT && one->payload[4] > BY_TICK)
        return false;
    return one->version == PROTOCOL_VERSION || one->type == HELLO;
}

static bool read_frame(void)
{
    bool has_read = false;
    int16_t byte;
    while (!has_frame && (byte = port_read_byte()) >= 0) {
        has_read = true;
        enum decoded decoded = frame_decode(&decoder, (uint8_t)byte, &frame);
        if (decoded == NOTHING_YET)
            continue;
        has_frame = decoded == GOOD_FRAME && is_ours(&frame);
        bad_frames += !has_frame;
    }
    return has_read;
}

static void greet(const struct frame *hello)
{
    static const FLASH uint8_t firmware[3] = FIRMWARE_VERSION;
    if (hello->version == PROTOCOL_VERSION) {
        safety_greet();
        answers_forget(hello->seq);
    }
    uint8_t payload[30], *at = payload;
    struct instant now = port_now();
    for (uint8_t part = 0; part < 3; part++)
        at = put_u8(at, firmware[part]);
    at = put_u32(put_u32(at, boot_id), TICK_HZ);
    at = put_u32(put_u32(at, now.tick), now.count);
    at = put_u8(put_u16(at, config.heartbeat_ms), SCHEDULE_SIZE);
    for (uint8_t kind = 0; kind < KINDS; kind++)
        at = put_u16(at, config.max_on_ms[kind]);
    frame_send(HELLO | ANSWER_BIT, hello->seq, payload, (uint8_t)(at - payload));
}

static void tell_status(uint16_t seq)
{
    struct schedule_counters schedule = schedule_counters();
    uint32_t counters[] = {shot_counters.scheduled, shot_counters.refused, schedule.started, schedule.dropped,
                           outputs_cuts(), answers_duplicates(), bad_frames};
    uint8_t payload[52], *at = payload;
    struct instant now = port_now();
    at = put_u8(put_u8(at, safety_state()), safety_reason());
    at = put_u32(put_u32(put_u32(at, boot_id), now.tick), now.count);
    at = put_u32(put_u16(at, triggers_run()), triggers_exposures());
    at = put_u32(at, outputs_on());
    for (uint8_t n = 0; n < sizeof counters / sizeof *counters; n++)
        at = put_u32(at, counters[n]);
    frame_send(HEARTBEAT | ANSWER_BIT, seq, payload, (uint8_t)(at - payload));
}

static void tell_time(uint16_t seq)
{
    uint8_t payload[8];
    struct instant now = port_now();
    put_u32(put_u32(payload, now.tick), now.count);
    frame_send(TIME | ANSWER_BIT, seq, payload, sizeof payload);
}

static void tell_config(uint16_t seq)
{
    uint8_t payload[1 + CONFIG_BYTES];
    config_pack(put_u8(payload, config_source()));
    frame_send(CONFIG_READ | ANSWER_BIT, seq, payload, sizeof payload);
}

static void tell_diagnosis(uint16_t seq)
{
    struct port_errors errors = port_errors();
    struct safety_counters safety = safety_counters();
    uint8_t payload[8];
    put_u16(put_u16(put_u16(put_u16(payload, errors.encoder), errors.serial), safety.emergency_stops),
            safety.heartbeats_lost);
    frame_send(DIAGNOSE | ANSWER_BIT, seq, payload, sizeof payload);
}

static enum result write_config(const uint8_t *payload)
{
    if (safety_state() == ARMED)
        return DISARM_FIRST;
    if (safety_state() != READY)
        return HELLO_NEEDED;
    return config_write(payload) ? OK : ILLEGAL_VALUE;
}

static enum result start_triggers(const uint8_t *payload)
{
    if (safety_state() == BOOTED)
        return HELLO_NEEDED;
    return triggers_start(get_u16(payload), get_u32(payload + 2)) ? OK : ILLEGAL_VALUE;
}

static uint8_t take_shot(const uint8_t *asked, uint8_t *answer)
{
    struct shot shot = {
        .outputs = get_u32(asked), .basis = asked[4], .start = get_u32(asked + 5), .length = get_u16(asked + 9)};
    int32_t margin;
    uint8_t outcome = shots_take(&shot, safety_state() == ARMED, &margin);
    put_u8(put_u32(put_u8(answer, outcome), (uint32_t)margin), schedule_free());
    return 6;
}

/* Obey or refuse; return the length of the answer's payload. */
static uint8_t obey(const struct frame *request, uint8_t *answer)
{
    enum result result = OK;
    switch (request->type) {
    case SHOT:
        return take_shot(request->payload, answer);
    case ARM:
        result = safety_arm(get_u32(request->payload) == boot_id);
        break;
    case DISARM:
        safety_disarm();
        break;
    case TRIGGER_START:
        result = start_triggers(request->payload);
        break;
    case TRIGGER_STOP:
        triggers_stop();
        break;
    case CONFIG_WRITE:
        result = write_config(request->payload);
        break;
    }
    *answer = result;
    return 1;
}

static void answer_once(const struct frame *request)
{
    struct answer *kept = NULL;
    bool is_booted = safety_state() == BOOTED; /* no session, so no sequence: nothing is kept */
    if (!is_booted) {
        enum kept_answer is_kept = answers_find(request->seq, &kept);
        if (is_kept == ANSWER_GONE)
            return;
        if (is_kept == ANSWER_KEPT) {
            frame_send(kept->type, request->seq, kept->payload, kept->length);
            return;
        }
    }
    struct answer fresh = {.is_kept = !is_booted, .seq = request->seq, .type = request->type | ANSWER_BIT};
    fresh.length = obey(request, fresh.payload);
    if (kept)
        *kept = fresh;
    frame_send(fresh.type, fresh.seq, fresh.payload, fresh.length);
}

static void handle(const struct frame *message)
{
    safety_heard(port_now().tick);
    switch (message->type) {
    case HELLO:
        greet(message);
        break;
    case HEARTBEAT:
        tell_status(message->seq);
        break;
    case TIME:
        tell_time(message->seq);
        break;
    case CONFIG_READ:
        tell_config(message->seq);
        break;
    case DIAGNOSE:
        tell_diagnosis(message->seq);
        break;
    case TRIGGER_RESEND:
        reports_resend(message->seq, get_u16(message->payload), get_u32(message->payload + 2), message->payload[6]);
        break;
    default:
        answer_once(message);
    }
}

bool session_read(void)
{
    bool has_read = read_frame();
    if (!has_frame || port_tx_room() < FRAME_ROOM(LONGEST_PAYLOAD))
        return has_read;
    if (frame.type == TRIGGER_RESEND && reports_is_resending())
        return has_read;
    has_frame = false;
    handle(&frame);
    return true;
}

bool session_tell(void)
{
    return reports_tell();
}
