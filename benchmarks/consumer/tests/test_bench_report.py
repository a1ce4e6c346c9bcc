"""The table and the comparison, from figures that are given."""

from dataclasses import replace
from pathlib import Path

import pytest
from bench_candidates import CANDIDATES
from bench_machine import Machine
from bench_ratios import KEPT, Kept, NotStored, key, ratios, store, stored, worse
from bench_report import report
from bench_rounds import Runs
from bench_run import Measurement

BY_NAME = {each.name: each for each in CANDIDATES}
MACHINE = Machine(cpu="Example CPU", cores=2, python="3.11.7", date="2027-01-15", load=0.5)
OURS = Measurement(messages_per_second=20_000, cpu_us=30, calls=0.2, rss_mb=50, start_seconds=0.3)
BOTO3 = Measurement(messages_per_second=8_000, cpu_us=120, calls=0.2, rss_mb=45, start_seconds=0.2)


def slower(base: Measurement, by: int) -> Measurement:
    return replace(base, cpu_us=base.cpu_us + by, messages_per_second=base.messages_per_second - by)


def runs(ours: Measurement = OURS) -> list[Runs]:
    """Two consumers at both delays, three rounds each: the first is the best, the second the middle one."""
    found = []
    for delay_ms in (0, 10):
        for name, base in (("runtime-consume", ours), ("boto3-consume", BOTO3)):
            found.append(Runs(BY_NAME[name], delay_ms, [slower(base, by) for by in (0, 5, 50)]))
    return found


def test_the_table_has_best_and_median_and_the_share_of_boto3() -> None:
    page = report(runs(), MACHINE, {"runtime-consume": "boto3 1.0", "boto3-consume": "boto3 1.0"})

    both = "20,000 / 19,995 | 30 / 35"
    assert f"| **queue_worker** | {both} | {both} | 0.25 | 0.200 | 50 | 0.30 |" in page
    assert "| boto3, batches | 8,000 / 7,995 | 120 / 125 |" in page
    assert "Example CPU, 2 cores, Python 3.11.7, 2027-01-15" in page
    assert "3 rounds" in page
    assert "other work" not in page
    assert "- queue_worker: boto3 1.0" in page
    assert "## Pipe" not in page


def test_a_busy_machine_is_told_of() -> None:
    assert "The machine had other work to do" in report(runs(), replace(MACHINE, load=3), {})


def test_what_is_stored_can_be_read_again(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    store(file, runs())

    assert stored(file) == ratios(runs())
    assert stored(file)[key("runtime-consume", 0)] == {
        "cpu_us": 0.25,
        "messages_per_second": 2.5,
        "calls": 0.2,
        "rss_mb": pytest.approx(50 / 45, abs=1e-3),
        "start_seconds": 1.5,
    }
    assert worse(ratios(runs()), stored(file)) == []


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.name)
def test_a_figure_is_told_where_it_got_worse_beyond_what_is_tolerated(kept: Kept) -> None:
    def changed(share: float) -> list[str]:
        now = ratios(runs())
        now[key("runtime-consume", 0)][kept.name] *= 1 - share if kept.higher else 1 + share
        return worse(now, ratios(runs()))

    assert changed(kept.tolerance * 0.9) == []
    assert changed(-0.5) == []
    (sentence,) = changed(kept.tolerance * 1.5)
    assert sentence.startswith(f"runtime-consume at 0 ms: {kept.what} is ")
    assert f"{kept.tolerance:.0%} are tolerated" in sentence


def test_a_slower_machine_is_not_worse() -> None:
    now = [
        replace(each, measurements=[replace(one, cpu_us=one.cpu_us * 3) for one in each.measurements])
        for each in runs()
    ]

    assert worse(ratios(now), ratios(runs())) == []


def test_a_consumer_that_costs_more_is_worse() -> None:
    sentences = worse(ratios(runs(replace(OURS, cpu_us=40))), ratios(runs()))

    assert len(sentences) == 2
    assert "CPU a message is 0.333 times boto3's and was 0.25, 33% worse" in sentences[0]


@pytest.mark.parametrize("content", ["", "[]", '{"ratios": {"a": {"cpu_us": 1}}}', '{"ratios": {"a": 1}}'])
def test_stored_ratios_that_cannot_be_read_are_one_sentence(content: str, tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(content)

    with pytest.raises(
        NotStored, match=r"results\.json cannot be read .*: `make bench WRITE=1` writes it anew"
    ):
        stored(file)


def test_ratios_need_the_reference_of_the_stage() -> None:
    only_ours = [each for each in runs() if each.candidate.ours]

    assert ratios(only_ours) == {}
