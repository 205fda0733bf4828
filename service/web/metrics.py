"""Plant and lines as Prometheus metrics; the only user of prometheus_client."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from service.event_terms import LineState
from service.plant.counts import DECISION_LIMITS_S
from service.plant.plant import Plant
from service.plant.views.kpis import WindowName
from service.plant.views.lines import LineView

METRICS_TYPE = CONTENT_TYPE_LATEST
COUNTERS = {  # our name → metric without _total, its help, its labels
    "events": ("maqta_events", "Events taken from lines", ("line", "kind")),
    "inspected_m": ("maqta_inspected_meters", "Length inspected", ("line",)),
    "not_inspected_m": ("maqta_not_inspected_meters", "Length nobody looked at", ("line", "reason")),
    "frames": ("maqta_frames", "Frames judged", ("line", "verdict")),
    "deadline_misses": ("maqta_deadline_misses", "Frames decided after their deadline", ("line",)),
    "defects": ("maqta_defects", "Defects found", ("line", "kind")),
    "shots": ("maqta_shots", "Sort commands, by what became of them", ("line", "fate")),
    "fed_g": ("maqta_fed_grams", "Fibre fed, estimated from the belt's feed", ("line",)),
    "ejected_g": ("maqta_ejected_grams", "Fibre ejected, estimated", ("line",)),
}


class PlantCollector(Collector):
    """Reads the plant when it is scraped."""

    def __init__(self, plant: Plant, software: str) -> None:
        self._plant, self._software = plant, software

    def collect(self) -> Iterator[Metric]:
        """Every metric. Counters begin at 0 when the plant process starts."""
        info = GaugeMetricFamily("maqta_build_info", "Software of the plant", labels=["version"])
        info.add_metric([self._software], 1)
        yield info
        yield from self._counters()
        yield from _lines(self._plant.lines())
        yield from self._outbox()
        yield self._kpis()

    def _counters(self) -> Iterator[Metric]:
        for name, (metric, text, labels) in COUNTERS.items():
            family = CounterMetricFamily(metric, text, labels=list(labels))
            for values, count in sorted(self._plant.counts.counts(name).items()):
                family.add_metric(list(values), count)
            yield family
        decided = HistogramMetricFamily(
            "maqta_slowest_decision_seconds",
            "Capture to decision, slowest frame of each span",
            labels=["line"],
        )
        for line, one in sorted(self._plant.counts.decisions().items()):
            buckets = [
                (str(limit), count) for limit, count in zip(DECISION_LIMITS_S, one.buckets, strict=True)
            ]
            decided.add_metric([line], [*buckets, ("+Inf", one.spans)], one.sum_s)
        yield decided

    def _outbox(self) -> Iterator[Metric]:
        owed = GaugeMetricFamily("maqta_outbox_owed", "Messages not acknowledged", labels=["destination"])
        aside = GaugeMetricFamily(
            "maqta_outbox_set_aside", "Messages that wait for a person", labels=["destination"]
        )
        oldest = GaugeMetricFamily(
            "maqta_outbox_oldest_timestamp_seconds",
            "When the oldest owed message was written",
            labels=["destination"],
        )
        for one in self._plant.mill.destinations():
            owed.add_metric([one.name], one.owed)
            aside.add_metric([one.name], one.given_up)
            if one.oldest_utc is not None:
                oldest.add_metric([one.name], one.oldest_utc.timestamp())
        yield from (owed, aside, oldest)
        connected = self._plant.mill.couriers.broker_connected
        if connected is not None:
            yield GaugeMetricFamily(
                "maqta_broker_connected", "Whether the MQTT broker is there", value=connected
            )

    def _kpis(self) -> Metric:
        family = GaugeMetricFamily(
            "maqta_shift_kpi",
            "Figures of the running shift that have a value",
            labels=["kpi", "basis", "unit"],
        )
        for figure in self._plant.kpis(self._plant.window(WindowName.SHIFT)):
            if figure.value is not None:
                family.add_metric([figure.slug, figure.basis, figure.unit], figure.value)
        return family


def metrics_text(plant: Plant, software: str) -> bytes:
    """All metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(PlantCollector(plant, software))
    return generate_latest(registry)


def _lines(lines: tuple[LineView, ...]) -> Iterator[Metric]:
    info = GaugeMetricFamily(
        "maqta_line_info", "What a line is", labels=["line", "area", "kind", "article", "bundle", "demo"]
    )
    state = GaugeMetricFamily("maqta_line_state", "1 for the state a line is in", labels=["line", "state"])
    alarm = GaugeMetricFamily("maqta_line_alarm", "Active alarms", labels=["line", "code"])
    gauges = {
        "last_event_utc": GaugeMetricFamily(
            "maqta_line_last_event_timestamp_seconds", "When its newest event happened", labels=["line"]
        ),
        "speed_m_min": GaugeMetricFamily(
            "maqta_line_speed_meters_per_second", "Speed from the newest spans", labels=["line"]
        ),
        "coverage": GaugeMetricFamily(
            "maqta_line_inspected_ratio", "Inspected share of the last hour's length", labels=["line"]
        ),
        "missing_events": GaugeMetricFamily(
            "maqta_line_missing_events", "Events of its log that never arrived", labels=["line"]
        ),
    }
    for line in lines:
        names = [line.line, line.area, line.kind and line.kind.value, line.article, line.bundle_id]
        info.add_metric([*(name or "" for name in names), str(line.demo).lower()], 1)
        for one in LineState:
            state.add_metric([line.line, one.value], line.state is one)
        for code in sorted({raised.code for raised in line.alarms}):
            alarm.add_metric([line.line, code], 1)
        for name, value in _values(line).items():
            if value is not None:
                gauges[name].add_metric([line.line], value)
    yield from (info, state, alarm, *gauges.values())


def _values(line: LineView) -> dict[str, float | None]:
    return {
        "last_event_utc": line.last_event_utc.timestamp() if line.last_event_utc else None,
        "speed_m_min": None if line.speed_m_min is None else line.speed_m_min / 60,
        "coverage": line.coverage,
        "missing_events": line.missing_events,
    }
