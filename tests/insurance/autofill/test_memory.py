"""The voucher's memory: forgotten by every verify, by time, by one success; never another patient's code."""

from __future__ import annotations

import threading

import pytest

from vcchk.insurance import memory as voucher
from vcchk.insurance.memory import VoucherMemory

CODE = "3502" + "7" * 26
OTHER = "3502" + "8" * 26


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(voucher, "monotonic", lambda: now[0])
    return now


def test_nothing_scanned_yet() -> None:
    assert VoucherMemory(120).take().state == "voucher_none"


def test_one_success_and_it_is_gone() -> None:
    memory = VoucherMemory(120)
    assert memory.remember(memory.forget(), CODE)
    taken = memory.take()
    assert (taken.state, taken.code) == ("", CODE)
    memory.done(taken, filled=True)
    assert memory.take().state == "voucher_used"


def test_a_failed_fill_may_be_tried_again() -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    memory.done(memory.take(), filled=False)
    assert memory.take().code == CODE


def test_expiry_is_on_the_monotonic_clock_and_distinct(clock: list[float]) -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    clock[0] += 119.9
    memory.done(memory.take(), filled=False)
    clock[0] += 0.1
    assert memory.take().state == "voucher_expired"
    assert CODE not in str(vars(memory))


def test_every_new_verify_forgets_at_once() -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    memory.forget()
    assert memory.take().state == "voucher_none"
    assert CODE not in str(vars(memory))


def test_an_older_verify_that_ends_late_does_not_bring_its_patient_back() -> None:
    memory = VoucherMemory(120)
    older = memory.forget()
    newer = memory.forget()
    assert memory.remember(newer, OTHER)
    assert not memory.remember(older, CODE)
    assert memory.take().code == OTHER


def test_a_fill_under_way_ends_when_a_verify_begins() -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    taken = memory.take()
    assert memory.current(taken)
    newer = memory.forget()
    assert not memory.current(taken)
    memory.remember(newer, OTHER)
    undone: list[bool] = []
    memory.done(taken, filled=True, undo=lambda: undone.append(True))
    assert undone == [True], "what the late fill left behind is taken back at once"
    assert memory.take().code == OTHER, "and it does not use up the new patient's code"


def test_two_fills_at_once_fill_once() -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    states: list[str] = []
    gate = threading.Barrier(8)

    def run() -> None:
        gate.wait()
        states.append(memory.take().state)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states) == [""] + ["busy"] * 7


def test_the_next_verify_takes_back_what_a_fill_left() -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    undone: list[bool] = []
    memory.done(memory.take(), filled=True, undo=lambda: undone.append(True))
    assert undone == []
    memory.forget()
    assert undone == [True]
    memory.forget()
    assert undone == [True]


def test_no_repr_shows_the_code() -> None:
    memory = VoucherMemory(120)
    memory.remember(memory.forget(), CODE)
    assert CODE not in repr(memory)
    assert CODE not in repr(memory.take())
