/* Numbers of PROTOCOL.md, protocol version 1. */
#ifndef PROTOCOL_H
#define PROTOCOL_H

#define PROTOCOL_VERSION 1
#define FIRMWARE_VERSION {0, 1, 0}

#define HEAD_BYTES 4 /* version, type, sequence */
#define CRC_BYTES 4
#define LONGEST_PAYLOAD 64
#define LONGEST_BODY (HEAD_BYTES + LONGEST_PAYLOAD + CRC_BYTES)
#define LONGEST_FRAME (LONGEST_BODY + 1) /* stuffed, without the delimiter */

enum message_type {
    HELLO = 0x01,
    ARM = 0x02,
    DISARM = 0x03,
    HEARTBEAT = 0x04,
    SHOT = 0x05,
    TRIGGER_START = 0x06,
    TRIGGER_STOP = 0x07,
    TRIGGER_RESEND = 0x08,
    TIME = 0x09,
    CONFIG_READ = 0x0A,
    CONFIG_WRITE = 0x0B,
    DIAGNOSE = 0x0C,
    LAST_REQUEST = DIAGNOSE,
    ANSWER_BIT = 0x80,
    TRIGGER_REPORT = 0xC0,
    FAULT = 0xC1,
};

enum state { BOOTED = 0, READY = 1, ARMED = 2, SAFE = 3 };

enum safe_reason { NEVER_SAFE = 0, HEARTBEAT_LOST = 1, EMERGENCY_STOP = 2, WATCHDOG = 3 };

enum result {
    OK = 0,
    HELLO_NEEDED = 1,
    WRONG_BOOT = 2,
    STILL_PRESSED = 3, /* EMERGENCY_STOP on the page */
    ILLEGAL_VALUE = 4,
    CONFIG_DAMAGED = 5,
    DISARM_FIRST = 6,
};

enum outcome { SCHEDULED = 0, LATE = 1, UNARMED = 2, ILLEGAL = 3, FULL = 4, DUTY = 5 };

enum basis { BY_ENCODER = 0, BY_TICK = 1 };

enum config_source { FACTORY = 0, STORED = 1, DAMAGED = 2, STORING = 3 };

/* Outputs: bits of a shot's mask. */
#define VALVES 16
#define GATE 16
#define MARKER 17
#define LINE_STOP 18
#define OUTPUTS 19
#define KINDS 4 /* valve, gate, marker, line stop */

#define SCHEDULE_SIZE 64
#define CACHED_ANSWERS 32
#define KEPT_REPORTS 64
#define LONGEST_PITCH_COUNTS (1UL << 24)

static inline uint8_t kind_of(uint8_t output)
{
    return output < VALVES ? 0 : output - VALVES + 1;
}

#endif
