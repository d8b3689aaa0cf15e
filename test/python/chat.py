"""Answers, whole and streamed, with both clients."""

import json
from typing import List

from openai import AsyncOpenAI, NotFoundError, OpenAI
from pydantic import BaseModel
from runner import equal, raises, test
from steps import COST, answer, stream

ASK = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
WORDS = ["Hello", " ", "wörld", " 😀"]
DELTAS = [{"content": word} for word in WORDS]
CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city":"Zürich"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "get_time", "arguments": "{}"}},
]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "strict": True,
            "parameters": {"type": "object", "properties": {}, "required": [], "additionalProperties": False},
        },
    }
    for name in ("get_weather", "get_time")
]


class Place(BaseModel):
    city: str
    days: List[int]


def register_chat(gateway):
    client = OpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0)
    later = lambda: AsyncOpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0)
    complete = client.chat.completions

    @test("an answer has its text, its usage, and what it cost")
    def _():
        gateway.script("m", answer({"content": "Hello."}))
        found = complete.create(**ASK)
        equal(found.choices[0].message.content, "Hello.")
        equal(found.model, "m-2026-01")
        equal(found.usage.prompt_tokens_details.cached_tokens, 4)
        equal(found.usage.cost_usd, COST)
        equal(gateway.asked(), {**ASK, "model": "m-2026-01"})

    @test("wire 60: a client that validates every answer takes them, whole and streamed")
    def _():
        strict = OpenAI(
            base_url=gateway.base_url, api_key=gateway.key, max_retries=0, _strict_response_validation=True
        )
        usage = {"stream_options": {"include_usage": True}}
        gateway.script("m", answer({"content": "Hello."}), stream(*DELTAS))
        equal(strict.chat.completions.create(**ASK).choices[0].message.content, "Hello.")
        chunks = list(strict.chat.completions.create(**ASK, stream=True, **usage))
        equal((chunks[-1].choices, chunks[-1].usage.total_tokens), ([], 17))
        equal(bool(strict.models.list().data), True)

    @test("the asynchronous client has the same answer")
    async def _():
        gateway.script("m", answer({"content": "Hello."}))
        async with later() as asynchronous:
            found = await asynchronous.chat.completions.create(**ASK)
        equal((found.choices[0].message.content, found.usage.cost_usd), ("Hello.", COST))

    @test("a raw response has the request id of the record, under both names")
    def _():
        gateway.clear()
        raw = complete.with_raw_response.create(**ASK)
        request_id = gateway.records()[0]["requestId"]
        equal([raw.headers[name] for name in ("x-request-id", "x-callmissed-request-id")], [request_id] * 2)
        equal(raw.request_id, request_id)
        equal(raw.parse()._request_id, request_id)
        equal(raw.headers["content-type"], "application/json")

    @test("a stream is its chunks, without usage where none was asked for")
    def _():
        gateway.script("m", stream(*DELTAS))
        chunks = list(complete.create(**ASK, stream=True))
        equal("".join(one.choices[0].delta.content or "" for one in chunks), "".join(WORDS))
        equal([one for one in chunks if "usage" in one.model_fields_set], [])
        equal(gateway.asked()["stream_options"], {"include_usage": True})

    @test("a stream that asked for usage ends with it, and with what it cost")
    async def _():
        gateway.script("m", stream(*DELTAS))
        async with later() as asynchronous:
            asked = await asynchronous.chat.completions.create(
                **ASK, stream=True, stream_options={"include_usage": True}
            )
            chunks = [one async for one in asked]
        equal(chunks[-1].choices, [])
        equal((chunks[-1].usage.total_tokens, chunks[-1].usage.cost_usd), (17, COST))

    @test("the stream helper puts the same answer together")
    def _():
        gateway.script("m", stream(*DELTAS))
        with complete.stream(**ASK, stream_options={"include_usage": True}) as events:
            said = "".join(event.delta for event in events if event.type == "content.delta")
            final = events.get_final_completion()
        equal(said, "".join(WORDS))
        equal((final.choices[0].message.content, final.usage.total_tokens), ("".join(WORDS), 17))

    @test("parallel tool calls arrive whole, streamed and not")
    def _():
        pieces = [
            {"tool_calls": [{"index": index, **call, "function": {**call["function"], "arguments": ""}}]}
            if part is None
            else {"tool_calls": [{"index": index, "function": {"arguments": part}}]}
            for index, call in enumerate(CALLS)
            for part in (None, *call["function"]["arguments"])
        ]
        message = {"content": None, "tool_calls": CALLS}
        gateway.script("m", answer(message, "tool_calls"), stream(*pieces, finish="tool_calls"))
        whole = complete.create(**ASK, tools=TOOLS, parallel_tool_calls=True)
        equal(gateway.asked()["tools"], TOOLS)
        with complete.stream(**ASK, tools=TOOLS) as events:
            streamed = events.get_final_completion()
        for found in (whole, streamed):
            equal(found.choices[0].finish_reason, "tool_calls")
            equal(
                [(call.id, call.function.name, call.function.arguments) for call in found.choices[0].message.tool_calls],
                [(call["id"], call["function"]["name"], call["function"]["arguments"]) for call in CALLS],
            )

    @test("a tool's result goes back to the vendor as it is")
    def _():
        gateway.script("m", answer({"content": "Sunny."}))
        result = {"role": "tool", "tool_call_id": "call_1", "content": "☀"}
        messages = [*ASK["messages"], {"role": "assistant", "content": None, "tool_calls": CALLS[:1]}, result]
        complete.create(model="m", messages=messages, tools=TOOLS)
        equal(gateway.asked()["messages"], messages)

    @test("json_object reaches the vendor, parse() sends a model's schema and reads the answer")
    def _():
        gateway.script("m", answer({"content": json.dumps({"city": "Zürich", "days": [1, 2]})}))
        complete.create(**ASK, response_format={"type": "json_object"})
        equal(gateway.asked()["response_format"], {"type": "json_object"})
        found = complete.parse(**ASK, response_format=Place)
        equal(found.choices[0].message.parsed, Place(city="Zürich", days=[1, 2]))
        asked = gateway.asked()["response_format"]["json_schema"]
        equal((asked["name"], asked["strict"], sorted(asked["schema"]["properties"])), ("Place", True, ["city", "days"]))

    @test("n, logprobs, stop and every other parameter reach the vendor as they are")
    def _():
        gateway.clear()
        parameters = {
            "n": 2,
            "logprobs": True,
            "top_logprobs": 3,
            "stop": ["\n", "END"],
            "seed": 2**53 + 1,
            "temperature": 0.5,
            "logit_bias": {"50256": -100},
            "max_completion_tokens": 20,
            "reasoning_effort": "low",
            "metadata": {"a": "b"},
        }
        found = complete.create(**ASK, **parameters, extra_body={"top_k": 40, "thinking": {"type": "enabled"}})
        unknown = {"top_k": 40, "thinking": {"type": "enabled"}}
        equal(gateway.asked(), {**ASK, **parameters, **unknown, "model": "m-2026-01"})
        equal([choice.index for choice in found.choices], [0, 1])

    @test("images reach the vendor as they are")
    def _():
        content = [
            {"type": "text", "text": "What is it?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo=", "detail": "low"}},
        ]
        complete.create(model="m", messages=[{"role": "user", "content": content}])
        equal(gateway.asked()["messages"], [{"role": "user", "content": content}])

    @test("models can be listed and retrieved, also those with a slash")
    def _():
        names = {model.id for model in client.models.list()}
        equal({"m", "org/m"} <= names, True)
        for name, expected in (("m", "m"), ("org/m", "org/m"), ("acme/m", "m"), ("acme/org/m", "org/m"), ("m-alias", "m")):
            equal(client.models.retrieve(name).id, expected)
        equal(raises(NotFoundError, lambda: client.models.retrieve("acme/none")).code, "model_not_found")
