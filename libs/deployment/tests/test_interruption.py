"""Signals, sent to this very process."""

import os
import signal
import socket
import threading
from contextlib import ExitStack, suppress

import boto3
import pytest
from botocore.config import Config
from deployment.errors import Interrupted
from deployment.interruption import Interruption, signals_held


def test_the_first_signal_interrupts_and_the_next_ones_only_make_it_hurry() -> None:
    with Interruption() as interruption:
        with pytest.raises(Interrupted) as caught:
            os.kill(os.getpid(), signal.SIGTERM)
        assert not interruption.hurry
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.hurry
    assert caught.value.exit_code == 143


def test_a_block_that_must_not_be_torn_is_finished_first() -> None:
    finished = False
    with Interruption() as interruption, pytest.raises(Interrupted):
        with interruption.deferred():
            os.kill(os.getpid(), signal.SIGINT)
            finished = True
        pytest.fail("the signal was lost")
    assert finished


def test_cleaning_up_is_never_interrupted() -> None:
    with Interruption() as interruption:
        interruption.begin_cleanup()
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.hurry


def test_the_handlers_from_before_are_restored() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Interruption():
        pass
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_signal_that_comes_while_they_are_held_counts_afterwards() -> None:
    started = False
    with Interruption():
        with pytest.raises(Interrupted):
            with signals_held():
                os.kill(os.getpid(), signal.SIGTERM)
                started = True
            pytest.fail("the signal was lost")
        assert started


def test_boto3_does_not_take_a_signal_for_a_lost_connection() -> None:
    asked: list[bytes] = []

    def interrupt_who_waits_for_an_answer(server: socket.socket) -> None:
        with ExitStack() as connections, suppress(TimeoutError):  # nobody asks again, as it should be
            for _ in range(3):
                connection = connections.enter_context(server.accept()[0])
                asked.append(connection.recv(65_536))
                os.kill(os.getpid(), signal.SIGINT)

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(3)
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="a", region_name="us-east-1")
        client = session.client("sqs", endpoint_url=endpoint, config=Config(read_timeout=20))
        answering = threading.Thread(target=interrupt_who_waits_for_an_answer, args=(server,))
        answering.start()
        with Interruption(), pytest.raises(Interrupted):
            client.list_queues()
        answering.join()
    assert len(asked) == 1
