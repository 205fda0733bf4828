#include "answers.h"

static struct answer kept[CACHED_ANSWERS]; /* at sequence mod CACHED_ANSWERS */
static uint16_t highest_seq;
static uint32_t duplicates;

void answers_start(void)
{
    duplicates = 0;
    answers_forget(0);
}

void answers_forget(uint16_t hello_seq)
{
    for (uint8_t place = 0; place < CACHED_ANSWERS; place++)
        kept[place].is_kept = false;
    highest_seq = hello_seq;
}

enum kept_answer answers_find(uint16_t seq, struct answer **place)
{
    struct answer *here = &kept[seq % CACHED_ANSWERS];
    int16_t ahead = (int16_t)(seq - highest_seq);
    if (here->is_kept && here->seq == seq) {
        duplicates++;
        *place = here;
        return ANSWER_KEPT;
    }
    if (ahead <= -CACHED_ANSWERS)
        return ANSWER_GONE;
    if (ahead > 0)
        highest_seq = seq;
    *place = here;
    return ANSWER_NEW;
}

uint32_t answers_duplicates(void)
{
    return duplicates;
}
