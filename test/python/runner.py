"""Tests named as statements, run one after another; those of one group may be coroutines."""

import asyncio
import inspect
import time
import traceback

_tests = []


def test(statement):
    """Registers a function or coroutine function under what it shows."""

    def register(function):
        _tests.append((statement, function))
        return function

    return register


def run():
    """Runs every test and returns how many passed and failed."""
    passed = failed = 0
    for statement, function in _tests:
        started = time.monotonic()
        try:
            if inspect.iscoroutinefunction(function):
                asyncio.run(function())
            else:
                function()
            passed += 1
            print(f"(pass) {statement} [{(time.monotonic() - started) * 1000:.0f} ms]")
        except Exception:
            failed += 1
            print(f"(fail) {statement}")
            traceback.print_exc()
    return passed, failed


def equal(found, expected):
    """Fails with both values where they differ."""
    if found != expected:
        raise AssertionError(f"expected {expected!r}, found {found!r}")


def raises(kind, function):
    """What the function throws, which must be of that kind."""
    try:
        function()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, nothing was raised")
