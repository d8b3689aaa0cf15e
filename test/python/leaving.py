"""Callers that leave, and streams that break off."""

import asyncio
import time

import openai
from openai import AsyncOpenAI, OpenAI
from runner import equal, raises, test
from steps import STREAM_HEAD, chunk, stream

ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
SLOW = stream(*({"content": f"word{index} "} for index in range(200)), pause_ms=20)
STALL = [{"stall": True}]


def register_leaving(gateway):
    client = OpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0)
    complete = client.chat.completions

    def begin(steps):
        gateway.clear()
        gateway.script("m", steps)

    def expect_left():
        """The vendor's connection was closed by the gateway, and one record says that the caller left."""
        equal(gateway.wait_until_left()["ending"], "left")
        records = gateway.records()
        equal([(one["outcome"], one["vendor"]) for one in records], [("cancelled", "acme")])
        equal(int(records[0]["costPicoUsd"]) > 0, True)

    @test("closing a stream closes the vendor's connection")
    def _():
        begin(SLOW)
        answers = complete.create(**ASK, stream=True)
        for _, _ in zip(range(3), answers):
            pass
        answers.close()
        expect_left()
        equal(gateway.calls("m")[0]["tokens"] < 50, True)

    @test("cancelling a task closes the vendor's connection, before and after the first chunk")
    async def _():
        async with AsyncOpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0) as asynchronous:
            for steps in (STALL, SLOW):
                begin(steps)

                async def read():
                    async for _ in await asynchronous.chat.completions.create(**ASK, stream=True):
                        pass

                task = asyncio.create_task(read())
                while not gateway.calls("m"):
                    await asyncio.sleep(0.02)
                await asyncio.sleep(0.1)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                expect_left()

    @test("a timeout is APITimeoutError, and closes the vendor's connection")
    def _():
        begin(STALL)
        started = time.monotonic()
        raises(openai.APITimeoutError, lambda: client.with_options(timeout=0.2).chat.completions.create(**ASK))
        equal(time.monotonic() - started < 1, True)
        expect_left()

    @test("an error in mid-stream is APIError with its code, after what came before")
    def _():
        error = 'data: {"error":{"message":"Overloaded.","type":"server_error","code":"x"}}'
        before = stream({"content": "one "}, {"content": "two"})[:6]
        for end in ([{"chunk": error}], [{"wait": 30}, {"close": True}], [{"wait": 30}, {"reset": True}]):
            begin([*before, *end])
            said = []

            def read():
                for one in complete.create(**ASK, stream=True):
                    said.append(one.choices[0].delta.content or "")

            raised = raises(openai.APIError, read)
            equal((raised.code, "".join(said)), ("upstream_error", "one two"))
            equal(gateway.records()[0]["errorCode"], "upstream_error")

    @test("a stream without its end is APIError, also where the vendor closed it well")
    def _():
        begin([STREAM_HEAD, chunk({"role": "assistant", "content": ""}), chunk({"content": "half"}), {"end": True}])
        raised = raises(openai.APIError, lambda: list(complete.create(**ASK, stream=True)))
        equal(raised.code, "upstream_error")

    @test("nothing of all that was logged as a failure of the gateway")
    def _():
        equal([line for line in gateway.logs() if '"level":"error"' in line], [])
