"""The token in memory: how long it is trusted, when SSM is asked, and who waits for it."""

import threading

import pytest
from http_intake.errors import Away
from http_intake.expected_token import ExpectedToken
from intake_world import GENEROUS_SECONDS

REFRESH_SECONDS, MAX_AGE_SECONDS = 30, 300


class Ssm:
    """The parameter, and a clock that the test moves."""

    def __init__(self) -> None:
        self.token: str | None = "first"
        self.reads = 0
        self.seconds = 1_000.0
        self.token_here = ExpectedToken(
            self.read,
            refresh_seconds=REFRESH_SECONDS,
            max_age_seconds=MAX_AGE_SECONDS,
            clock=lambda: self.seconds,
        )

    def read(self) -> str:
        self.reads += 1
        if self.token is None:
            raise Away("SSM is away.")
        return self.token

    def fits(self, offered: str, *, after_seconds: float = 0) -> bool:
        self.seconds += after_seconds
        return self.token_here.fits(offered)


def test_a_right_token_asks_once_in_the_refresh_time() -> None:
    ssm = Ssm()
    assert all(ssm.fits("first", after_seconds=0.2) for _ in range(140))
    assert ssm.reads == 1
    assert ssm.fits("first", after_seconds=REFRESH_SECONDS)
    assert ssm.reads == 2


def test_wrong_tokens_ask_once_a_second() -> None:
    ssm = Ssm()
    assert not any(ssm.fits("wrong", after_seconds=0.25) for _ in range(40))
    assert ssm.reads == 10


def test_a_new_token_is_taken_a_second_after_the_last_look_and_ends_the_old_one() -> None:
    ssm = Ssm()
    assert ssm.fits("first")
    ssm.token = "second"
    assert ssm.fits("second", after_seconds=1)
    assert not ssm.fits("first")


def test_the_old_token_ends_with_the_refresh_time_when_nobody_brings_the_new_one() -> None:
    ssm = Ssm()
    assert ssm.fits("first")
    ssm.token = "second"
    assert ssm.fits("first", after_seconds=REFRESH_SECONDS - 1)
    assert not ssm.fits("first", after_seconds=1)


def test_while_ssm_is_away_the_token_is_trusted_for_its_age_and_not_longer() -> None:
    ssm = Ssm()
    assert ssm.fits("first")
    ssm.token = None
    assert ssm.fits("first", after_seconds=MAX_AGE_SECONDS)
    with pytest.raises(Away):
        ssm.fits("first", after_seconds=1)
    assert not ssm.token_here.is_known()
    ssm.token = "first"
    assert ssm.fits("first", after_seconds=1)
    assert ssm.token_here.is_known()


def test_a_token_that_is_not_the_known_one_is_not_called_wrong_while_ssm_is_away() -> None:
    ssm = Ssm()
    assert ssm.fits("first")
    ssm.token = None
    for seconds in (1, 0.1, 0.6, 0.6):
        with pytest.raises(Away):
            ssm.fits("second", after_seconds=seconds)


def test_nobody_with_the_known_token_waits_for_an_ssm_that_hangs() -> None:
    # given: a token that is due to be looked at, and a request that looks and hangs
    hangs, goes_on = threading.Event(), threading.Event()
    tokens = iter(["first", "first"])
    seconds = [1_000.0]

    def read() -> str:
        if seconds[0] > 1_000.0:
            hangs.set()
            goes_on.wait(GENEROUS_SECONDS)
        return next(tokens)

    token = ExpectedToken(
        read, refresh_seconds=REFRESH_SECONDS, max_age_seconds=MAX_AGE_SECONDS, clock=lambda: seconds[0]
    )
    assert token.fits("first")
    seconds[0] += REFRESH_SECONDS
    looking = threading.Thread(target=token.fits, args=["first"])
    looking.start()
    assert hangs.wait(GENEROUS_SECONDS)
    # then: the next one is judged by what is known, while that one still hangs
    assert token.fits("first")
    assert looking.is_alive()
    goes_on.set()
    looking.join(GENEROUS_SECONDS)
    assert not looking.is_alive()
