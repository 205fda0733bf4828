#include "reports.h"

#include "bytes.h"
#include "frame.h"
#include "port.h"
#include "safety.h"
#include "triggers.h"

static uint16_t unasked; /* sequence of the messages that nobody asked for */
static bool is_resending;
static uint16_t resend_seq;
static uint32_t resend_next, resend_end;

void reports_start(void)
{
    unasked = 0;
    is_resending = false;
}

void reports_resend(uint16_t seq, uint16_t run, uint32_t first, uint8_t count)
{
    is_resending = true;
    resend_seq = seq;
    uint32_t oldest = triggers_oldest();
    resend_next = first > oldest ? first : oldest;
    resend_end = first + count;
    if (run != triggers_run() || resend_end < first)
        resend_end = 0;
}

bool reports_is_resending(void)
{
    return is_resending;
}

static void send_report(const struct report *report)
{
    uint8_t payload[14];
    put_u32(put_u32(put_u32(put_u16(payload, report->run), report->number), report->count), report->tick);
    frame_send(TRIGGER_REPORT, ++unasked, payload, sizeof payload);
}

static void send_fault(const struct fault *fault)
{
    uint8_t payload[11];
    put_u16(put_u32(put_u32(put_u8(payload, fault->reason), fault->at.tick), fault->at.count), fault->dropped);
    frame_send(FAULT, ++unasked, payload, sizeof payload);
}

static void go_on_resending(void)
{
    struct report report;
    if (resend_next < resend_end && triggers_report(resend_next, &report)) {
        resend_next++;
        send_report(&report);
        return;
    }
    is_resending = false;
    uint8_t payload[6];
    put_u32(put_u16(payload, triggers_run()), triggers_oldest());
    frame_send(TRIGGER_RESEND | ANSWER_BIT, resend_seq, payload, sizeof payload);
}

bool reports_tell(void)
{
    struct fault fault;
    struct report report;
    if (port_tx_room() < FRAME_ROOM(LONGEST_PAYLOAD))
        return false;
    if (safety_next_fault(&fault))
        send_fault(&fault);
    else if (triggers_next_report(&report))
        send_report(&report);
    else if (is_resending)
        go_on_resending();
    else
        return false;
    return true;
}
