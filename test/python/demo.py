"""The gateway as it is started, with its demo vendor."""

import openai
from openai import OpenAI
from pydantic import BaseModel, Field
from runner import equal, raises, test


class Place(BaseModel):
    city: str
    days: int = Field(ge=1, le=7)


def ask(text):
    return {"model": "demo", "messages": [{"role": "user", "content": f"demo:pace=0ms {text}"}]}


def register_demo(gateway):
    client = OpenAI(base_url=gateway.base_url, api_key=gateway.key, max_retries=0)
    complete = client.chat.completions

    @test("the first key that the start prints gets an answer, with a cost")
    def _():
        found = complete.create(**ask("hello"))
        equal(found.model, "demo-2026-11")
        equal(found.usage.cost_usd > 0, True)

    @test("a stream of the demo vendor is put together by the helper")
    def _():
        with complete.stream(**ask("hello"), stream_options={"include_usage": True}) as events:
            final = events.get_final_completion()
        equal(final.choices[0].finish_reason, "stop")
        equal(final.usage.cost_usd > 0, True)

    @test("a tool is called by its schema, and the result is answered")
    def _():
        tool = openai.pydantic_function_tool(Place, name="get_weather")
        question = ask("please use get_weather")
        found = complete.parse(**question, tools=[tool]).choices[0].message
        equal(isinstance(found.tool_calls[0].function.parsed_arguments, Place), True)
        result = {"role": "tool", "tool_call_id": found.tool_calls[0].id, "content": "Sunny."}
        call = found.model_dump(include={"role", "content", "tool_calls"}, exclude={"tool_calls": {0: {"function": {"parsed_arguments"}}}})
        after = complete.create(model="demo", messages=[*question["messages"], call, result], tools=[tool])
        equal(after.choices[0].finish_reason, "stop")

    @test("parse() reads what a model's schema asked for")
    def _():
        found = complete.parse(**ask("where to?"), response_format=Place)
        equal(isinstance(found.choices[0].message.parsed, Place), True)

    @test("errors on request are what the SDK makes of them")
    def _():
        for text, kind in (
            ("demo:error=429", openai.RateLimitError),
            ("demo:error=500", openai.InternalServerError),
            ("demo:error=context_length_exceeded", openai.BadRequestError),
        ):
            raises(kind, lambda: complete.create(**ask(text)))
        for text in ("demo:error=mid-stream", "demo:truncate"):
            error = raises(openai.APIError, lambda: list(complete.create(**ask(text), stream=True)))
            equal(error.code, "upstream_error")

    @test("models.list names the demo model")
    def _():
        equal(client.models.retrieve("demo").id in [model.id for model in client.models.list()], True)
